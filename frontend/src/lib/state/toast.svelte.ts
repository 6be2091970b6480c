/** The one message at a time that tells how something went. Its region is on every page from the start. */

interface Toast {
	message: string;
	action?: { label: string; run: () => void };
}

export const toast = $state<{ current: Toast | null }>({ current: null });

export function showToast(message: string, action?: Toast['action']): void {
	toast.current = { message, action };
}

export function hideToast(): void {
	toast.current = null;
}
