/**
 * The environment the server reads when it starts. Each variable is checked then, so that a wrong one stops the
 * process with a message instead of failing requests.
 */
import { defineEnvVars } from '@sveltejs/kit/env';

function origin(fallback: string) {
	return (value: string | undefined): string => {
		const url = new URL(value || fallback);
		if (!['http:', 'https:'].includes(url.protocol)) throw new Error('must be an http or https address');
		return url.origin;
	};
}

export const variables = defineEnvVars({
	PHASMA_API_URL: {
		description: 'Where the API answers, seen from this server',
		schema: origin('http://localhost:8080')
	},
	PHASMA_PUBLIC_ORIGIN: {
		description: 'What browsers type to come here; https makes cookies Secure',
		schema: origin('http://localhost:3000')
	},
	PHASMA_FRONTEND_TOKEN: {
		description: 'Proves to the API that the client address this server reports can be believed',
		schema: (value: string | undefined): string => value ?? ''
	}
});
