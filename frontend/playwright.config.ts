/**
 * Browser tests against a running platform at PHASMA_E2E_URL. They make accounts and posts of their own and need
 * nothing but the public address.
 */
import { defineConfig } from '@playwright/test';

const desktop = { viewport: { width: 1280, height: 900 } };

export default defineConfig({
	testDir: 'e2e',
	outputDir: 'test-results/artifacts',
	fullyParallel: false,
	workers: 1,
	timeout: 180_000,
	expect: { timeout: 20_000 },
	reporter: [['list'], ['html', { open: 'never', outputFolder: 'playwright-report' }]],
	use: {
		baseURL: process.env.PHASMA_E2E_URL ?? 'http://localhost:5173',
		trace: 'retain-on-failure',
		launchOptions: {
			executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync'
			]
		}
	},
	projects: [
		{ name: 'journey', testMatch: 'journey.spec.ts', use: desktop },
		{ name: 'without script', testMatch: 'no-script.spec.ts', use: { ...desktop, javaScriptEnabled: false } },
		{ name: 'pages', testMatch: ['pages.spec.ts', 'budget.spec.ts', 'headers.spec.ts'], use: desktop }
	]
});
