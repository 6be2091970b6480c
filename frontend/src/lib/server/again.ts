/**
 * A second try for a request that got no answer, where that changes nothing: the API pod that held the connection may
 * have gone, and another one answers.
 */
const SAFE = new Set(['GET', 'HEAD']);

export async function fetchAgain(request: Request, ask: typeof fetch = fetch): Promise<Response> {
	if (!SAFE.has(request.method)) return ask(request);
	try {
		return await ask(request.clone());
	} catch (reason) {
		if (request.signal.aborted) throw reason;
		return ask(request);
	}
}
