/**
 * Times as people say them: 12 min, 2 h, Yesterday, Sun, then 22 November 2026. `zone` is UTC while the server
 * renders and the browser's own afterwards.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export type Zone = 'UTC' | undefined;

function formatter(options: Intl.DateTimeFormatOptions, zone: Zone) {
	return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
}

/** How long ago, as short as it can be said. */
export function relativeTime(time: number, now: number, zone: Zone): string {
	const age = Math.max(0, now - time);
	if (age < MINUTE) return 'Now';
	if (age < HOUR) return `${Math.floor(age / MINUTE)} min`;
	const days = calendarDays(time, now, zone);
	if (days === 0 || age < 6 * HOUR) return `${Math.floor(age / HOUR)} h`;
	if (days === 1) return 'Yesterday';
	if (days < 7) return formatter({ weekday: 'short' }, zone).format(time);
	return longDate(time, zone);
}

/** 22 November 2026 */
export function longDate(time: number, zone: Zone): string {
	return formatter({ day: 'numeric', month: 'long', year: 'numeric' }, zone).format(time);
}

/** 22 November 2026, 16:41 */
export function exactTime(time: number, zone: Zone): string {
	const clock = formatter({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }, zone).format(time);
	return `${longDate(time, zone)}, ${clock}`;
}

/** The heading under which a list by day puts `time`. */
export function dayHeading(
	time: number,
	now: number,
	zone: Zone
): 'today' | 'yesterday' | 'week' | 'earlier' {
	const days = calendarDays(time, now, zone);
	if (days <= 0) return 'today';
	if (days === 1) return 'yesterday';
	return days < 7 ? 'week' : 'earlier';
}

/** Midnights between the two, so that 23:50 was yesterday at 00:10. */
function calendarDays(time: number, now: number, zone: Zone): number {
	return Math.round((midnight(now, zone) - midnight(time, zone)) / DAY);
}

function midnight(time: number, zone: Zone): number {
	const parts = formatter({ year: 'numeric', month: '2-digit', day: '2-digit' }, zone).formatToParts(time);
	const part = (type: string) => Number(parts.find((p) => p.type === type)?.value);
	return Date.UTC(part('year'), part('month') - 1, part('day'));
}
