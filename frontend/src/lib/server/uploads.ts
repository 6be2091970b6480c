/**
 * Pictures on their way through: from the API with the headers that caches and seeking need, and to it, streamed or
 * from a form.
 */
import type { RequestEvent } from '@sveltejs/kit';
import { PHASMA_API_URL } from '$app/env/private';
import { apiHeaders, reach } from './api.ts';

const ASKED = ['if-none-match', 'if-modified-since', 'range', 'if-range'];
const ANSWERED = [
	'content-type',
	'content-length',
	'content-range',
	'accept-ranges',
	'etag',
	'last-modified',
	'cache-control'
];

export async function streamUpload(event: RequestEvent, path: string): Promise<Response> {
	const headers = { ...apiHeaders(event), ...pick(event.request.headers, ASKED) };
	const request = new Request(new URL(`/uploads/${path}`, PHASMA_API_URL), {
		method: event.request.method,
		headers: { ...headers, 'accept-encoding': 'identity' },
		signal: event.request.signal,
		redirect: 'manual'
	});
	const answer = await reach(event, request);
	return new Response(answer.body, { status: answer.status, headers: pick(answer.headers, ANSWERED) });
}

function pick(headers: Headers, names: string[]): Record<string, string> {
	const picked: Record<string, string> = {};
	for (const name of names) {
		const value = headers.get(name);
		if (value !== null) picked[name] = value;
	}
	return picked;
}

/** Passes a picture on to the API while it arrives, so that no copy of it is held here. */
export async function streamToApi(event: RequestEvent): Promise<Response> {
	const request = new Request(new URL('/uploads', PHASMA_API_URL), {
		method: 'POST',
		headers: { ...apiHeaders(event), ...pick(event.request.headers, ['content-type', 'content-length']) },
		body: event.request.body,
		duplex: 'half',
		signal: event.request.signal
	} as RequestInit);
	const answer = await reach(event, request);
	return new Response(answer.body, {
		status: answer.status,
		headers: pick(answer.headers, ['content-type'])
	});
}

/** Sends a picture that came in a form; browsers without script send it together with its caption. */
export async function sendPicture(event: RequestEvent, image: File) {
	const body = new FormData();
	body.set('image', image, image.name || 'picture');
	const headers = apiHeaders(event);
	const response = await reach(
		event,
		new Request(new URL('/uploads', PHASMA_API_URL), { method: 'POST', headers, body })
	);
	const answer = await response.json().catch(() => undefined);
	return response.ok ? { response, data: answer as { filename: string } } : { response, error: answer };
}
