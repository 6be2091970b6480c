import { expect, it } from 'vitest';
import { fieldOf } from './refusal.ts';

const FIELDS = ['name', 'username', 'email', 'password'] as const;

it.each([
	['That username is taken.', 'username'],
	['Name is required.', 'name'],
	['E-mail must look like name@example.org.', 'email'],
	['Password must be 8 to 128 characters.', 'password'],
	['Too many tries.', 'password'],
	[undefined, 'password']
])('shows "%s" at %s', (message, field) => {
	expect(fieldOf(message, FIELDS, 'password')).toBe(field);
});
