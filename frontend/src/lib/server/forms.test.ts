import { expect, it } from 'vitest';
import { localPath } from './forms.ts';

it.each(['/feed', '/posts/1?a=b#c', '/@ada'])('keeps %s', (path) => {
	expect(localPath(path, '/')).toBe(path);
});

it.each(['//evil.example', '/\\evil.example', '/\t/evil.example', 'https://evil.example', 'feed', '', null])(
	'refuses %s',
	(path) => {
		expect(localPath(path, '/feed')).toBe('/feed');
	}
);
