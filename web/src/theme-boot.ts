// Runs before the first paint: so that a chosen theme never flashes in after another one, and so that the engine is on its
// way before anything else.
import { begin } from './engine-start';
import { resolveTheme, storedTheme } from './theme-choice';

document.documentElement.dataset.theme = resolveTheme(storedTheme());
begin();
