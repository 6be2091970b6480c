/** From an answer of the API to what SvelteKit understands: data, an error page, a login, or a form that failed. */
import { error, fail, redirect, type ActionFailure } from '@sveltejs/kit';
import { text } from '#lib/i18n/en.ts';

interface Answer<T> {
	data?: T;
	error?: unknown;
	response: Response;
}

/** The data, or an error page. Without a session the way leads to the login and back to `url`. */
export async function unwrap<T>(answer: Promise<Answer<T>>, url: URL): Promise<T> {
	const { data, response } = await answer;
	if (response.ok) return data as T;
	if (response.status === 401) redirect(303, loginPath(url));
	error(response.status, pageMessage(response.status));
}

/** The data, or null when the thing is not there. */
export async function unwrapOptional<T>(answer: Promise<Answer<T>>): Promise<T | null> {
	const { data, response } = await answer;
	return response.ok ? (data as T) : null;
}

export interface FormProblem {
	message: string;
	[value: string]: unknown;
}

/** What the form shows when the API refused it; `values` are put back into the fields. */
export function refuse<V extends Record<string, unknown>>(
	answer: Answer<unknown>,
	values: V
): ActionFailure<V & { message: string }> {
	return fail(answer.response.status, { ...values, message: formMessage(answer) });
}

function formMessage({ error: body, response }: Answer<unknown>): string {
	if (response.status === 401) return text.errors.loggedOut;
	if (response.status === 429) return text.errors.tooMany;
	if (response.status >= 500) return text.errors.unavailable;
	return apiMessage(body) ?? text.errors.unavailable;
}

/** The API's messages are written for people; this makes each a sentence. */
function apiMessage(body: unknown): string | undefined {
	if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
	const message = String(body.message).trim();
	if (!message) return undefined;
	const sentence = message[0]!.toUpperCase() + message.slice(1);
	return /[.?]$/.test(sentence) ? sentence : sentence + '.';
}

function pageMessage(status: number): string {
	if (status === 404) return text.errors.notFound;
	if (status === 429) return text.errors.tooMany;
	return text.errors.unavailable;
}

export function loginPath(url: URL): string {
	return `/login?next=${encodeURIComponent(url.pathname + url.search)}`;
}
