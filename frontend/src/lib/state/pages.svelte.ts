/**
 * A list that grows by pages of the same route: what the server rendered first, then what `?cursor=` brings. Without
 * script the link to the next page is followed instead.
 */
import { preloadData } from '$app/navigation';

export interface ListPage<T> {
	items: T[];
	nextCursor: string | null;
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

	/** What was added, to be kept while the browser visits another page. */
	capture = (): ListPage<T>[] => this.#added;

	restore = (pages: ListPage<T>[]): void => {
		this.#added = pages;
	};
}
