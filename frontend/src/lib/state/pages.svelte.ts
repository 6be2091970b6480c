/**
 * A list that grows by pages of the same route: what the server rendered first, then what `?cursor=` brings. Without
 * script the link to the next page is followed instead.
 */
import { tick } from 'svelte';
import { preloadData } from '$app/navigation';

export interface ListPage<T> {
	items: T[];
	nextCursor: string | null;
}

interface Kept<T> {
	added: ListPage<T>[];
	top: number;
}

export class Pages<T> {
	#added = $state.raw<ListPage<T>[]>([]);
	#first: () => ListPage<T>;
	loading = $state(false);
	failed = $state(false);
	items = $derived.by(() => [this.#first(), ...this.#added].flatMap((page) => page.items));
	nextCursor = $derived.by(() => (this.#added.at(-1) ?? this.#first()).nextCursor);

	constructor(first: () => ListPage<T>) {
		this.#first = first;
	}

	/** Asks for the page at `href`, whose data holds the list as `list`. */
	async more(href: string): Promise<void> {
		if (this.loading) return;
		this.loading = true;
		const answer = await preloadData(href).catch(() => undefined);
		if (answer?.type === 'loaded' && answer.status === 200) {
			this.#added = [...this.#added, answer.data.list as ListPage<T>];
			this.failed = false;
		} else {
			this.failed = true;
		}
		this.loading = false;
	}

	/** What was added and how far down, kept while the browser visits another page. */
	capture = (): Kept<T> => ({ added: this.#added, top: scrollY });

	/** SvelteKit scrolls before the added pages are back, so this does it once more. */
	restore = async ({ added, top }: Kept<T>): Promise<void> => {
		this.#added = added;
		await tick();
		scrollTo({ top, behavior: 'instant' });
	};
}
