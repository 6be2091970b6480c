/**
 * The production server: the built app behind Node's own HTTP server.
 *
 * One build serves any address, so the scheme comes from PHASMA_PUBLIC_ORIGIN unless a proxy in front, declared by
 * ADDRESS_HEADER, reports it. On SIGTERM requests under way are finished and idle connections closed.
 */
import { createServer } from 'node:http';

const { env } = process;
const scheme = new URL(env.PHASMA_PUBLIC_ORIGIN || 'http://localhost:3000').protocol.slice(0, -1);
const behindProxy = Boolean(env.ADDRESS_HEADER);
const seconds = (value, fallback) => (Number(value) || fallback) * 1000;

env.PROTOCOL_HEADER = 'x-forwarded-proto';
env.BODY_SIZE_LIMIT ??= '21M';

const { handler } = await import('./build/handler.js');

const server = createServer((request, response) => {
	if (!behindProxy || !request.headers['x-forwarded-proto']) request.headers['x-forwarded-proto'] = scheme;
	// Files of the build pass by the app, and with it by the headers it sets.
	response.setHeader('x-content-type-options', 'nosniff');
	handler(request, response, () => {
		response.statusCode = 404;
		response.end();
	});
});

const host = env.HOST ?? '0.0.0.0';
const port = Number(env.PORT ?? 3000);
server.listen(port, host, () => console.log(`Listening on http://${host}:${port}`));

function shutDown() {
	server.close(() => process.exit(0));
	server.closeIdleConnections();
	setTimeout(() => server.closeAllConnections(), seconds(env.SHUTDOWN_TIMEOUT, 15)).unref();
}

process.once('SIGTERM', shutDown);
process.once('SIGINT', shutDown);
