/** Headers of every page beside the content security policy, which SvelteKit makes (vite.config.ts). */

const HEADERS = {
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'same-origin',
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-resource-policy': 'same-origin',
	'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()'
};

const YEAR = 31_536_000;

export function setSecurityHeaders(headers: Headers, secure: boolean): void {
	for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
	if (secure) headers.set('strict-transport-security', `max-age=${YEAR}; includeSubDomains`);
}
