/** The ratio classes of styles/hang.css: the common shape nearest to a picture's own. */

const RATIOS: [name: string, ratio: number][] = [
	['r21x9', 21 / 9],
	['r16x9', 16 / 9],
	['r3x2', 3 / 2],
	['r4x3', 4 / 3],
	['r1x1', 1],
	['r4x5', 4 / 5],
	['r3x4', 3 / 4],
	['r2x3', 2 / 3],
	['r9x16', 9 / 16]
];

/** Nearest by proportion, so that twice as wide is as far off as half as wide. */
export function ratioClass(width: number, height: number): string {
	const distance = (ratio: number) => Math.abs(Math.log(width / height / ratio));
	return RATIOS.reduce((best, next) => (distance(next[1]) < distance(best[1]) ? next : best))[0];
}
