import { describe, expect, it, vi } from 'vitest';
import { fetchAgain } from './again.ts';

const request = (method: string, signal?: AbortSignal) =>
	new Request('http://api.example/posts', { method, signal });
const gone = new TypeError('fetch failed');

describe('a request without an answer', () => {
	it('is made once more when it only reads', async () => {
		const ask = vi
			.fn<typeof fetch>()
			.mockRejectedValueOnce(gone)
			.mockResolvedValueOnce(new Response('there'));
		const answer = await fetchAgain(request('GET'), ask);
		expect(await answer.text()).toBe('there');
		expect(ask).toHaveBeenCalledTimes(2);
	});

	it('fails after the second try', async () => {
		const ask = vi.fn<typeof fetch>().mockRejectedValue(gone);
		await expect(fetchAgain(request('HEAD'), ask)).rejects.toBe(gone);
		expect(ask).toHaveBeenCalledTimes(2);
	});

	it('is not repeated when it may have changed something', async () => {
		const ask = vi.fn<typeof fetch>().mockRejectedValue(gone);
		await expect(fetchAgain(request('POST'), ask)).rejects.toBe(gone);
		expect(ask).toHaveBeenCalledTimes(1);
	});

	it('is not repeated for somebody who has left', async () => {
		const left = AbortSignal.abort();
		const ask = vi.fn<typeof fetch>().mockRejectedValue(gone);
		await expect(fetchAgain(request('GET', left), ask)).rejects.toBe(gone);
		expect(ask).toHaveBeenCalledTimes(1);
	});
});
