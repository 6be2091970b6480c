/**
 * The production server: the built app behind Node's own HTTP server.
 *
 * One build serves any address, so the scheme comes from PHASMA_PUBLIC_ORIGIN. The client's address, and the scheme if
 * it says one, come from a proxy in PHASMA_TRUSTED_PROXIES.
 *
 * On SIGTERM it serves on for PHASMA_DRAIN_SECONDS and asks each client to close its connection: one that is idle when
 * the server closes it may just have been given the next request. Then requests under way are finished.
 */
import { createServer } from 'node:http';
import { clientAddress, trustedProxies } from './client-address.js';

const { env } = process;
const scheme = new URL(env.PHASMA_PUBLIC_ORIGIN || 'http://localhost:3000').protocol.slice(0, -1);
const isTrusted = trustedProxies(env.PHASMA_TRUSTED_PROXIES ?? '');
const seconds = (value, fallback) => (Number(value) || fallback) * 1000;

// Written for each request below, so that nothing of what a client sends is taken for it.
env.ADDRESS_HEADER = 'x-phasma-client-address';
env.PROTOCOL_HEADER = 'x-phasma-scheme';
env.BODY_SIZE_LIMIT ??= '21M';

const { handler } = await import('./build/handler.js');

let draining = false;

const server = createServer((request, response) => {
	noteOrigin(request);
	if (draining) response.setHeader('connection', 'close');
	// Files of the build pass by the app, and with it by the headers it sets.
	response.setHeader('x-content-type-options', 'nosniff');
	handler(request, response, () => {
		response.statusCode = 404;
		response.end();
	});
});

/** Writes down who asks, and how, in the two headers that the app reads. */
function noteOrigin({ headers, socket }) {
	const peer = socket.remoteAddress;
	const said = isTrusted(peer) ? headers['x-forwarded-proto'] : undefined;
	headers[env.ADDRESS_HEADER] = clientAddress(peer, headers['x-forwarded-for'], isTrusted);
	headers[env.PROTOCOL_HEADER] = ['http', 'https'].includes(said) ? said : scheme;
}

const host = env.HOST ?? '0.0.0.0';
const port = Number(env.PORT ?? 3000);
server.listen(port, host, () => console.log(`Listening on http://${host}:${port}`));

function drain() {
	draining = true;
	setTimeout(shutDown, Number(env.PHASMA_DRAIN_SECONDS ?? 5) * 1000);
}

function shutDown() {
	server.close(() => process.exit(0));
	server.closeIdleConnections();
	setTimeout(() => server.closeAllConnections(), seconds(env.SHUTDOWN_TIMEOUT, 15)).unref();
}

process.once('SIGTERM', drain);
process.once('SIGINT', shutDown);
