import { expect, it } from 'vitest';
import { dayHeading, exactTime, relativeTime } from './time.ts';

const at = (iso: string) => Date.parse(iso);
const now = at('2026-11-24T12:00:00Z'); // a Tuesday

it.each([
	['2026-11-24T11:59:40Z', 'Now'],
	['2026-11-24T12:00:05Z', 'Now'], // the server's clock may run ahead
	['2026-11-24T11:48:00Z', '12 min'],
	['2026-11-24T11:00:01Z', '59 min'],
	['2026-11-24T10:00:00Z', '2 h'],
	['2026-11-24T00:01:00Z', '11 h'],
	['2026-11-23T23:00:00Z', 'Yesterday'],
	['2026-11-23T01:00:00Z', 'Yesterday'],
	['2026-11-22T12:00:00Z', 'Sun'],
	['2026-11-18T12:00:00Z', 'Wed'],
	['2026-11-17T12:00:00Z', '17 November 2026']
])('says %s was %s', (time, said) => {
	expect(relativeTime(at(time), now, 'UTC')).toBe(said);
});

it('counts hours across a midnight that has just passed', () => {
	expect(relativeTime(at('2026-11-23T22:30:00Z'), at('2026-11-24T00:30:00Z'), 'UTC')).toBe('2 h');
});

it('gives date and clock', () => {
	expect(exactTime(at('2026-11-22T16:41:00Z'), 'UTC')).toBe('22 November 2026, 16:41');
	expect(exactTime(at('2026-11-22T00:05:00Z'), 'UTC')).toBe('22 November 2026, 00:05');
});

it.each([
	['2026-11-24T00:10:00Z', 'today'],
	['2026-11-23T23:50:00Z', 'yesterday'],
	['2026-11-19T12:00:00Z', 'week'],
	['2026-11-02T12:00:00Z', 'earlier']
])('files %s under %s', (time, heading) => {
	expect(dayHeading(at(time), now, 'UTC')).toBe(heading);
});
