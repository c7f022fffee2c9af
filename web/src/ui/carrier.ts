import { html, nothing, render, type TemplateResult } from 'lit';
import { carrierOf, offered, profileOf, PROFILES, readCarrier, spelled, urlOf, valuesOf, type Carrier, type Field, type Profile, type Values } from '../carrier';
import type { Reply } from '../commands';
import { coded, t } from '../i18n/t';
import { icon } from '../shapes';
import type { Ctx } from '../state';

/** The form in which a person says what carries the scenario: option by option, or as a transport_url. */
class CarrierForm {
  private readonly dialog = document.createElement('dialog');
  private was: Carrier;
  private profile: Profile;
  private values: Values;
  private url: string;
  private byURL: boolean;
  private refused: Reply['error'];

  constructor(private readonly ctx: Ctx) {
    const carrier = readCarrier(ctx.s.panel?.carrier ?? '');
    this.was = spelled(carrier);
    this.profile = profileOf(this.was.profile);
    this.values = valuesOf(this.was, this.profile);
    this.url = urlOf(carrier);
    this.byURL = this.url !== '';
    this.dialog.className = 'help carrier';
    this.dialog.setAttribute('aria-labelledby', 'carrier-title');
    this.dialog.addEventListener('close', () => this.dialog.remove());
    this.draw();
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  private draw(): void {
    render(this.content(), this.dialog);
  }

  private choose(id: string): void {
    const typed = this.values;
    this.profile = profileOf(id);
    // What was typed stays where the new driver has the same option.
    this.values = { ...valuesOf(this.was, this.profile), ...offered(this.profile, typed) };
    this.refused = undefined;
    this.draw();
  }

  private submit(e: Event): void {
    e.preventDefault();
    this.done(this.ctx.carry(this.byURL ? { profile: this.profile.id, transport: this.url.trim() === '' ? {} : { url: this.url.trim() } } : carrierOf(this.profile, this.values, this.was)));
  }

  private done(reply: Reply): void {
    if (reply.ok) {
      this.dialog.close();
      return;
    }
    this.refused = reply.error;
    this.draw();
    this.dialog.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]')?.focus();
  }

  private content(): TemplateResult {
    const error = this.refused;
    return html`<form class="help-in" novalidate @submit=${(e: Event) => this.submit(e)}>
      <div class="help-head"><h2 id="carrier-title">${t('carrier.title')}</h2><span class="grow"></span><button type="button" class="btn" aria-label=${t('toast.close')} title=${t('toast.close')} @click=${() => this.dialog.close()}>${icon('close')}</button></div>
      <p class="lead">${t('carrier.lead')}</p>
      <label class="field wide"><span>${t('carrier.profile')}</span><select autofocus @change=${(e: Event) => this.choose((e.target as HTMLSelectElement).value)}>
        ${PROFILES.map((p) => html`<option value=${p.id} ?selected=${p === this.profile}>${coded('carrier.is', p.id, p.id)}</option>`)}</select></label>
      <fieldset class="how"><legend class="sr">${t('carrier.how')}</legend>${this.way(false)}${this.way(true)}</fieldset>
      ${this.byURL ? this.urlField() : html`<div class="fields">${this.profile.fields.map((f) => this.field(f))}</div>`}
      ${error ? html`<p class="refused" role="alert" tabindex="-1" id="carrier-refused">${icon('warn', 18)}<span>${coded('error', error.code, error.text)}</span></p>` : nothing}
      <div class="ends"><button type="button" class="btn" @click=${() => this.done(this.ctx.carry(null))}>${t('carrier.own')}</button><span class="grow"></span>
        <button type="button" class="btn" @click=${() => this.dialog.close()}>${t('carrier.cancel')}</button><button type="submit" class="btn solid">${t('carrier.run')}</button></div></form>`;
  }

  private way(byURL: boolean): TemplateResult {
    const pick = () => {
      this.byURL = byURL;
      this.refused = undefined;
      this.draw();
    };
    return html`<label class="radio"><input type="radio" name="how" .checked=${this.byURL === byURL} @change=${pick}><span>${t(byURL ? 'carrier.by.url' : 'carrier.by.fields')}</span></label>`;
  }

  private urlField(): TemplateResult {
    return html`<label class="field wide"><span>transport_url</span><input class="mono" type="text" spellcheck="false" autocomplete="off" placeholder=${this.profile.example} aria-invalid=${this.refused ? 'true' : nothing}
      aria-describedby=${this.refused ? 'carrier-refused' : 'carrier-hint'} .value=${this.url} @input=${(e: InputEvent) => { this.url = (e.target as HTMLInputElement).value; }}><small id="carrier-hint">${t('carrier.url.hint')}</small></label>`;
  }

  /** Whether what was refused is this option. */
  private bad(f: Field): boolean {
    const path = this.refused?.path ?? '';
    return [f.name, f.many].some((n) => n !== undefined && (path === `$.transport.${n}` || path.startsWith(`$.transport.${n}[`)));
  }

  private field(f: Field): TemplateResult {
    const v = this.values[f.name];
    const label = coded('carrier.option', f.name, f.name);
    const set = (x: string | boolean) => { this.values = { ...this.values, [f.name]: x }; };
    if (f.kind === 'flag') return html`<label class="radio" title=${f.name}><input type="checkbox" .checked=${v === true} @change=${(e: Event) => set((e.target as HTMLInputElement).checked)}><span>${label}</span></label>`;
    const invalid = this.bad(f);
    const about = { invalid: invalid ? 'true' : nothing, by: invalid ? 'carrier-refused' : nothing };
    return html`<label class="field" title=${f.name}><span>${label}</span>${f.kind === 'choice'
      ? html`<select aria-invalid=${about.invalid} aria-describedby=${about.by} @change=${(e: Event) => set((e.target as HTMLSelectElement).value)}><option value="" ?selected=${v === ''}>${t('carrier.usual', { value: f.of![0]! })}</option>${f.of!.slice(1).map((x) => html`<option value=${x} ?selected=${v === x}>${x}</option>`)}</select>`
      : html`<input type=${f.kind === 'secret' ? 'password' : 'text'} inputmode=${f.kind === 'number' ? 'numeric' : nothing} spellcheck="false" autocomplete="off" placeholder=${f.placeholder ?? ''} aria-invalid=${about.invalid} aria-describedby=${about.by}
        .value=${String(v ?? '')} @input=${(e: InputEvent) => set((e.target as HTMLInputElement).value)}>`}</label>`;
  }
}

/** Opens the form on what carries the scenario now. */
export function showCarrier(ctx: Ctx): void {
  if (!document.querySelector('dialog.carrier')) new CarrierForm(ctx);
}
