/**
 * Who a request comes from, when there may be proxies in front. What a header says counts only if a trusted proxy sent
 * it: anybody can write one.
 */
import { BlockList, isIP } from 'node:net';

const family = (address) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** IPv4 as such, also where the socket speaks IPv6. */
const plain = (address) => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

/** Whether an address lies in one of the ranges of `10.0.0.0/8,fd00::/8`; throws if that isn't such a list. */
export function trustedProxies(ranges) {
	const list = new BlockList();
	for (const range of ranges.split(',').filter((part) => part.trim())) {
		const [address, prefix] = range.trim().split('/');
		if (!isIP(address) || !/^\d{1,3}$/.test(prefix ?? '')) {
			throw new Error(`PHASMA_TRUSTED_PROXIES: ${range.trim()} is not an address range`);
		}
		list.addSubnet(address, Number(prefix), family(address));
	}
	return (address) => {
		const known = plain(address ?? '');
		return isIP(known) !== 0 && list.check(known, family(known));
	};
}

/** The last address on the way here that is not a trusted proxy: the first one nobody trusted can have made up. */
export function clientAddress(peer, forwardedFor, isTrusted) {
	const way = (forwardedFor ?? '').split(',').map((address) => plain(address.trim()));
	let client = plain(peer ?? '');
	while (isTrusted(client) && isIP(way.at(-1) ?? '')) client = way.pop();
	return client;
}
