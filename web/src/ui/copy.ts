import { t } from '../i18n/t';
import type { Ctx } from '../state';

/** Puts a text on the clipboard and says whether the browser allowed it. */
export async function copy(ctx: Ctx, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    ctx.toast(t('side.copied'));
  } catch {
    ctx.toast(t('side.copy.failed'), 'fault');
  }
}
