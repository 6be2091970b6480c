import { expect, it } from 'vitest';
import { segmentLink } from './segments.ts';

it('leads mentions and tags to their pages by the normalised name', () => {
	expect(segmentLink({ type: 'mention', text: '@Ada', target: 'ada' })).toEqual({ href: '/@ada' });
	expect(segmentLink({ type: 'hashtag', text: '#Größe', target: 'größe' })).toEqual({
		href: '/tags/gr%C3%B6%C3%9Fe'
	});
});

it('leaves text alone', () => {
	expect(segmentLink({ type: 'text', text: 'no wind' })).toBeUndefined();
});

it('opens web addresses only', () => {
	expect(
		segmentLink({ type: 'url', text: 'https://ada.example/a', target: 'https://ada.example/a' })?.href
	).toBe('https://ada.example/a');
	expect(segmentLink({ type: 'url', text: 'javascript:alert(1)' })).toBeUndefined();
	expect(segmentLink({ type: 'url', text: 'data:text/html,x' })).toBeUndefined();
});
