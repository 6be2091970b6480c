/** People and posts made through the same forms a browser without script sends. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, type APIRequestContext, type APIResponse, type BrowserContext } from '@playwright/test';

export interface Person {
	name: string;
	username: string;
	email: string;
	password: string;
}

/** Somebody nobody has met, so that tests can run again on the same platform. */
export function somebody(name: string): Person {
	const username = `${name.toLowerCase()}.${randomBytes(4).toString('hex')}`;
	return { name, username, email: `${username}@people.example`, password: 'a long enough password' };
}

/** A form as the browser sends it; SvelteKit refuses forms from elsewhere by their Origin. */
class Forms {
	#request: APIRequestContext;
	#origin: string;

	constructor(context: BrowserContext, baseURL: string) {
		this.#request = context.request;
		this.#origin = new URL(baseURL).origin;
	}

	async send(path: string, form: Record<string, string>): Promise<APIResponse> {
		return this.#request.post(path, { form, headers: this.#headers(), maxRedirects: 0 });
	}

	/** Again and again until the form is taken, which is when it leads on. */
	async sendUntilThrough(path: string, form: Record<string, string>): Promise<void> {
		const status = async () => (await this.send(path, form)).status();
		await expect.poll(status, { timeout: 60_000, intervals: [1_000] }).toBe(303);
	}

	async sendFile(path: string, file: string, fields: Record<string, string>): Promise<APIResponse> {
		const image = { name: basename(file), mimeType: 'image/jpeg', buffer: await readFile(file) };
		return this.#request.post(path, {
			multipart: { ...fields, image },
			headers: this.#headers(),
			maxRedirects: 0
		});
	}

	#headers() {
		return { origin: this.#origin, accept: 'text/html' };
	}
}

async function isLoggedIn(context: BrowserContext): Promise<boolean> {
	return (await context.cookies()).some(({ name }) => name.endsWith('session'));
}

export class Account {
	#forms: Forms;
	readonly person: Person;

	private constructor(forms: Forms, person: Person) {
		this.#forms = forms;
		this.person = person;
	}

	/** Signs up in `context`. Sign-ups and log-ins are limited by address, so this waits for its turn. */
	static async create(context: BrowserContext, baseURL: string, name: string): Promise<Account> {
		const forms = new Forms(context, baseURL);
		const person = somebody(name);
		await forms.sendUntilThrough('/register', { ...person });
		if (!(await isLoggedIn(context))) await forms.sendUntilThrough('/login', { ...person });
		return new Account(forms, person);
	}

	/** The path of the new post. */
	async publish(file: string, description: string, altText: string): Promise<string> {
		const answer = await this.#forms.sendFile('/upload', file, { description, altText });
		expect(answer.status(), await answer.text()).toBe(303);
		return answer.headers().location ?? '';
	}

	follow = (username: string) => this.#done(`/@${username}?/follow`);
	like = (post: string) => this.#done(`${post}?/like`);

	async comment(post: string, body: string): Promise<void> {
		const answer = await this.#forms.send(`${post}?/comment`, { body });
		expect(answer.status(), await answer.text()).toBe(200);
	}

	async #done(path: string): Promise<void> {
		expect((await this.#forms.send(path, {})).status(), path).toBe(303);
	}
}
