import { describe, expect, it } from 'vitest';
import { clientAddress, trustedProxies } from '../client-address.js';

const isTrusted = trustedProxies('10.0.0.0/8, fd00::/8');

describe('the client address', () => {
	it('is the peer, whatever it says, unless the peer is trusted', () => {
		expect(clientAddress('203.0.113.9', '198.51.100.1', isTrusted)).toBe('203.0.113.9');
		expect(clientAddress('10.1.2.3', '198.51.100.1', trustedProxies(''))).toBe('10.1.2.3');
	});

	it('is what a trusted peer saw, also over IPv6', () => {
		expect(clientAddress('10.1.2.3', '198.51.100.1', isTrusted)).toBe('198.51.100.1');
		expect(clientAddress('::ffff:10.1.2.3', '198.51.100.1', isTrusted)).toBe('198.51.100.1');
		expect(clientAddress('fd00::1', '2001:db8::7', isTrusted)).toBe('2001:db8::7');
	});

	it('is nothing that a client wrote into the header itself', () => {
		expect(clientAddress('10.1.2.3', '192.0.2.66, 198.51.100.1', isTrusted)).toBe('198.51.100.1');
		expect(clientAddress('10.1.2.3', '10.9.9.9, 198.51.100.1, 10.4.4.4', isTrusted)).toBe('198.51.100.1');
	});

	it('stays the proxy when the header says nothing useful', () => {
		expect(clientAddress('10.1.2.3', undefined, isTrusted)).toBe('10.1.2.3');
		expect(clientAddress('10.1.2.3', 'unknown', isTrusted)).toBe('10.1.2.3');
		expect(clientAddress('10.1.2.3', '10.4.4.4', isTrusted)).toBe('10.4.4.4');
	});
});

describe('the ranges', () => {
	it('are refused when they are none', () => {
		for (const ranges of ['10.0.0.0', '10.0.0.0/64', 'proxy/8', '10.0.0.0/8,x']) {
			expect(() => trustedProxies(ranges), ranges).toThrow();
		}
	});
});
