/**
 * The API as one request sees it: with the viewer's session, the client's address and the request's id. Sessions
 * that the API renews or ends on the way are passed on to the browser.
 */
import type { RequestEvent } from '@sveltejs/kit';
import createClient, { type Client, type Middleware } from 'openapi-fetch';
import { PHASMA_API_URL, PHASMA_FRONTEND_TOKEN } from '$app/env/private';
import type { paths } from '#lib/api/schema.ts';
import { text } from '#lib/i18n/en.ts';
import { fetchAgain } from './again.ts';
import { issuedSession, readSession, storeSession } from './session.ts';

export type Api = Client<paths>;

export function createApi(event: RequestEvent): Api {
	const client = createClient<paths>({ baseUrl: PHASMA_API_URL, fetch: (request) => reach(event, request) });
	client.use(identify(event), relaySession(event));
	return client;
}

/** The API's answer, or 503 when there is none: what is away is told apart from what is wrong. */
export async function reach(event: RequestEvent, request: Request): Promise<Response> {
	try {
		return await fetchAgain(request);
	} catch (reason) {
		if (!event.request.signal.aborted) report(event.locals.requestId, request, reason);
		return Response.json({ message: text.errors.unavailable }, { status: 503 });
	}
}

function report(requestId: string, { method, url }: Request, reason: unknown): void {
	const cause = reason instanceof Error ? String(reason.cause ?? reason.message) : String(reason);
	console.error(JSON.stringify({ level: 'error', message: 'API away', requestId, method, url, cause }));
}

/** Headers every request to the API carries. */
export function apiHeaders(event: RequestEvent): Record<string, string> {
	const session = readSession(event.cookies);
	return {
		'x-request-id': event.locals.requestId,
		'x-forwarded-for': event.getClientAddress(),
		...(PHASMA_FRONTEND_TOKEN && { 'x-phasma-frontend-token': PHASMA_FRONTEND_TOKEN }),
		...(session && { cookie: `session=${session}` }),
		...userAgent(event.request)
	};
}

/** The list of sessions names devices, so the API is told the browser's name and not this server's. */
function userAgent(request: Request): Record<string, string> {
	const agent = request.headers.get('user-agent');
	return agent ? { 'user-agent': agent } : {};
}

function identify(event: RequestEvent): Middleware {
	return {
		onRequest({ request }) {
			for (const [name, value] of Object.entries(apiHeaders(event))) request.headers.set(name, value);
		}
	};
}

function relaySession(event: RequestEvent): Middleware {
	return {
		onResponse({ response }) {
			const session = issuedSession(response.headers);
			if (session) storeSession(event.cookies, session);
			else if (response.status === 401 && readSession(event.cookies)) {
				storeSession(event.cookies, { token: '' });
			}
		}
	};
}
