import { expect, it } from 'vitest';
import { fieldOf } from './refusal.ts';

const FIELDS = ['name', 'username', 'email'] as const;

it.each([
	['Username is taken.', 'username'],
	['name is required', 'name'],
	['The email must have one @.', 'email'],
	['Too many tries.', 'email']
])('shows "%s" at %s', (message, field) => {
	expect(fieldOf(message, FIELDS, 'email')).toBe(field);
});
