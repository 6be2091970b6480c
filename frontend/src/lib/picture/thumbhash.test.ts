import { describe, expect, it } from 'vitest';
import { rgbaToThumbHash } from 'thumbhash';
import { placeholderColours } from './thumbhash.ts';

/** A picture whose left half is `left` and whose right half is `right`. */
function halves(left: number[], right: number[]): string {
	const size = 32;
	const rgba = new Uint8Array(size * size * 4);
	for (let i = 0; i < size * size; i++) {
		rgba.set([...(i % size < size / 2 ? left : right), 255], i * 4);
	}
	return Buffer.from(rgbaToThumbHash(size, size, rgba)).toString('base64');
}

const red = (colour: string | undefined) => Number.parseInt(colour?.slice(1, 3) ?? '', 16);

describe('placeholderColours', () => {
	it('keeps left and right apart', () => {
		const colours = placeholderColours(halves([230, 40, 40], [20, 40, 40]));
		expect(colours).toHaveLength(12);
		for (const row of [0, 4, 8]) expect(red(colours[row])).toBeGreaterThan(red(colours[row + 3]) + 100);
	});

	it('answers no colours without a readable hash', () => {
		expect(placeholderColours(null)).toEqual([]);
		expect(placeholderColours('')).toEqual([]);
		expect(placeholderColours('AA==')).toEqual([]);
	});
});
