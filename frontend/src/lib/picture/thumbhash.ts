/** Turns a thumbhash into the few colours that stand in for a picture until it arrives. Runs on the server only. */
import { thumbHashToRGBA } from 'thumbhash';

export const COLUMNS = 4;
export const ROWS = 3;

/** Twelve `#rrggbb` colours, row by row, or none when there is no hash or it can't be read. */
export function placeholderColours(hash: string | null | undefined): string[] {
	if (!hash) return [];
	const bytes = Buffer.from(hash, 'base64');
	if (bytes.length < 5) return [];
	const { w, h, rgba } = thumbHashToRGBA(bytes);
	return Array.from({ length: COLUMNS * ROWS }, (_, cell) =>
		averageColour(rgba, w, span(cell % COLUMNS, COLUMNS, w), span(Math.floor(cell / COLUMNS), ROWS, h))
	);
}

function span(index: number, parts: number, length: number): [number, number] {
	const from = Math.floor((index * length) / parts);
	return [from, Math.max(from + 1, Math.floor(((index + 1) * length) / parts))];
}

function averageColour(rgba: Uint8Array, width: number, xs: [number, number], ys: [number, number]): string {
	const sum = [0, 0, 0];
	for (let y = ys[0]; y < ys[1]; y++) {
		for (let x = xs[0]; x < xs[1]; x++) {
			for (let c = 0; c < 3; c++) sum[c]! += rgba[(y * width + x) * 4 + c] ?? 0;
		}
	}
	const pixels = (xs[1] - xs[0]) * (ys[1] - ys[0]);
	return (
		'#' +
		sum
			.map((s) =>
				Math.round(s / pixels)
					.toString(16)
					.padStart(2, '0')
			)
			.join('')
	);
}
