export function trustedProxies(ranges: string): (address: string | undefined) => boolean;
export function clientAddress(
	peer: string | undefined,
	forwardedFor: string | undefined,
	isTrusted: (address: string) => boolean
): string;
