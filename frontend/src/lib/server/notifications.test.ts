import { expect, it } from 'vitest';
import type { Notification } from '#lib/api/types.ts';
import { noteView } from './notifications.ts';

const note = (type: string, more: Partial<Notification> = {}): Notification => ({
	id: 'n1',
	actorUsername: 'bruno',
	actorName: 'Bruno',
	actorAvatar: null,
	type,
	entityId: 'e1',
	read: false,
	created: '2026-11-24T12:00:00Z',
	postId: null,
	picture: null,
	postFilename: null,
	postThumbhash: null,
	...more
});

const target = (of: Notification) => new URL(noteView(of).href, 'http://host').searchParams.get('to');

it('marks a notification on the way to what it is about', () => {
	expect(noteView(note('follow')).href).toMatch(/^\/notifications\/n1\?to=/);
	expect(target(note('follow'))).toBe('/@bruno');
	expect(target(note('like', { postId: 'p1' }))).toBe('/posts/p1');
	expect(target(note('comment', { postId: 'p1' }))).toBe('/posts/p1#comment-e1');
});

it('leads to the person when the post is unknown', () => {
	expect(target(note('comment'))).toBe('/@bruno');
	expect(target(note('like'))).toBe('/@bruno');
});

it('shows the picture of the post', () => {
	expect(noteView(note('like', { postFilename: 'a.webp' })).thumb).toBe('/uploads/a.webp/320.webp');
	expect(noteView(note('follow')).thumb).toBeNull();
});
