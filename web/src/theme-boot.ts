// Runs before the first paint, so that a chosen theme never flashes in after another one.
import { resolveTheme, storedTheme } from './theme-choice';

document.documentElement.dataset.theme = resolveTheme(storedTheme());
