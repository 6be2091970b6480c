/** Addresses of a picture's smaller copies. A picture answers itself for every width it is not larger than. */

const WIDTHS = [320, 640, 960, 1280, 1920];

/** The copy for small squares: avatars and the pictures of notifications. */
export function small(filename: string): string {
	return `/uploads/${filename}/${WIDTHS[0]}.webp`;
}

/** The copy other sites show beside a link; JPEG, which all of them read. */
export function preview(src: string): string {
	return `${src}/1280.jpg`;
}

/** Every copy narrower than the picture, then the picture itself. */
export function srcset(src: string, width: number): string {
	const copies = WIDTHS.filter((w) => w < width).map((w) => `${src}/${w}.webp ${w}w`);
	return [...copies, `${src} ${width}w`].join(', ');
}
