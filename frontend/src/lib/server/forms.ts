/** Reading submitted forms. */

/** A text field as typed, or empty. */
export function field(form: FormData, name: string): string {
	const value = form.get(name);
	return typeof value === 'string' ? value : '';
}

/**
 * `path` when it leads to a page of this site, else `fallback`. Browsers take `//host` and `/\host` for another
 * site, so it is resolved the way they do it.
 */
export function localPath(path: string | null | undefined, fallback: string): string {
	if (!path?.startsWith('/')) return fallback;
	const base = 'http://local.invalid';
	const url = URL.parse(path, base);
	if (!url || url.origin !== base) return fallback;
	return url.pathname + url.search + url.hash;
}
