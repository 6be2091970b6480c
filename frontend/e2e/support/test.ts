/**
 * Playwright's test with two promises added: nothing is logged as an error in any page, and nothing runs against the
 * content security policy.
 */
import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';

export const photographs = {
	coffee: new URL('coffee.jpg', import.meta.url).pathname,
	cat: new URL('cat.jpg', import.meta.url).pathname
};

/** Chromium logs every answer of 400 and up; those a test provokes are judged by what the page shows. */
const ANSWERED_WITH_STATUS = /^Failed to load resource: the server responded with a status of/;

function watch(page: Page, complaints: string[]) {
	page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
	page.on('console', (message) => {
		if (message.type() !== 'error' || ANSWERED_WITH_STATUS.test(message.text())) return;
		complaints.push(`${page.url()}: ${message.text()}`);
	});
}

interface Fixtures {
	/** Pages in here are watched; the test fails at its end when one complained. */
	complaints: string[];
	watchContext: (context: BrowserContext) => BrowserContext;
}

export const test = base.extend<Fixtures>({
	complaints: async ({}, use) => {
		const complaints: string[] = [];
		await use(complaints);
		expect(complaints, 'errors in the console').toEqual([]);
	},
	watchContext: async ({ complaints }, use) => {
		await use((context) => {
			context.on('page', (page) => watch(page, complaints));
			return context;
		});
	}
});

export { expect };
