const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Any text as text of HTML or SVG, or as the value of a quoted attribute. */
export function escapeHtml(text: string): string {
  // Control characters have no place in either, not even escaped.
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd').replace(/[&<>"']/g, (one) => ENTITIES[one]!);
}
