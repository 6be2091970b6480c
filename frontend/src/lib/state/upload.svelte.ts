/** One picture on its way to the server while its caption is being written. */
import { text } from '#lib/i18n/en.ts';

const LIMIT = 20 * 1024 * 1024;

type Phase = 'empty' | 'sending' | 'ready' | 'failed';

export class Upload {
	phase = $state<Phase>('empty');
	/** A blob address of the picked file, for showing it at once. */
	preview = $state('');
	percent = $state(0);
	/** The name the API gave it, once it is there. */
	filename = $state('');
	error = $state('');
	#file: File | null = null;
	#request: XMLHttpRequest | null = null;

	pick(file: File): void {
		this.clear();
		this.#file = file;
		if (file.size > LIMIT) return this.#fail(text.compose.tooLarge);
		this.preview = URL.createObjectURL(file);
		this.#send(file);
	}

	retry(): void {
		if (this.#file) this.pick(this.#file);
	}

	clear(): void {
		this.#request?.abort();
		this.#request = null;
		if (this.preview) URL.revokeObjectURL(this.preview);
		this.preview = this.filename = this.error = '';
		this.percent = 0;
		this.phase = 'empty';
	}

	/** `fetch` doesn't tell how much was sent; XMLHttpRequest does. */
	#send(file: File): void {
		this.phase = 'sending';
		const body = new FormData();
		body.set('image', file);
		const request = (this.#request = new XMLHttpRequest());
		request.open('POST', '/upload/picture');
		request.responseType = 'json';
		request.upload.onprogress = ({ loaded, total }) => {
			this.percent = Math.min(99, Math.round((loaded / total) * 100));
		};
		request.onload = () => this.#answered(request);
		request.onerror = () => this.#fail(text.compose.failed);
		request.send(body);
	}

	#answered({ status, response }: XMLHttpRequest): void {
		if (status !== 201) return this.#fail(reason(status, response));
		this.filename = response.filename;
		this.percent = 100;
		this.phase = 'ready';
	}

	#fail(message: string): void {
		this.error = message;
		this.phase = 'failed';
	}
}

function reason(status: number, response: unknown): string {
	if (status === 413) return text.compose.tooLarge;
	if (status === 429) return text.errors.tooMany;
	const message = (response as { message?: string } | null)?.message;
	return status < 500 && message ? message : text.compose.failed;
}
