import adapter from '@sveltejs/adapter-node';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
	plugins: [
		tailwindcss(),
		sveltekit({
			adapter: adapter(),
			// By which browsers notice a new build: of a release its version, so that building it twice gives the same.
			version: { name: process.env.PHASMA_FRONTEND_VERSION },
			csp: {
				mode: 'nonce',
				directives: {
					'default-src': ['self'],
					'script-src': ['self'],
					'style-src': ['self'],
					// SvelteKit's live region, which announces navigations, styles itself with an attribute.
					'style-src-attr': ['unsafe-inline'],
					// blob: shows a picture that was picked but not uploaded yet.
					'img-src': ['self', 'blob:'],
					'object-src': ['none'],
					'base-uri': ['none'],
					'form-action': ['self'],
					'frame-ancestors': ['none']
				}
			}
		})
	],
	// Fonts and pictures stay files: the policy above allows no data: addresses.
	build: { assetsInlineLimit: 0 },
	test: { include: ['src/**/*.test.ts'] }
});
