// What pages do beyond links and forms. Everything here is an extra: without
// script each page works, and the host's own clock ends a session.
(() => {
  'use strict';

  // ---- a form is sent once ------------------------------------------------
  // The button stays in place and readable; a second press is swallowed. A page
  // that comes back from the browser's cache is fresh again.
  const sent = new WeakSet();
  document.addEventListener('submit', (e) => {
    const form = e.target;
    if (e.defaultPrevented || form.method === 'dialog') return;
    if (sent.has(form)) { e.preventDefault(); return; }
    sent.add(form);
    if (e.submitter) e.submitter.setAttribute('aria-disabled', 'true');
    setTimeout(() => release(form), 8000); // a lost answer must not lock the page
  });
  const release = (form) => {
    sent.delete(form);
    form.querySelectorAll('[aria-disabled=true]').forEach((b) => b.removeAttribute('aria-disabled'));
  };
  window.addEventListener('pageshow', (e) => {
    if (e.persisted) document.querySelectorAll('form').forEach(release);
  });

  // ---- keys ---------------------------------------------------------------
  // data-key="n" presses a link or button, focuses a field. Letters are left
  // alone while somebody writes; function keys and Escape work everywhere.
  const writes = (el) => el && (el.isContentEditable || /^(TEXTAREA|SELECT)$/.test(el.tagName) ||
    (el.tagName === 'INPUT' && !/^(radio|checkbox|button|submit)$/.test(el.type)));
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.altKey || e.metaKey || e.isComposing || e.repeat || e.defaultPrevented) return;
    if (e.key.length === 1 && writes(e.target)) return;
    if (document.querySelector('.idle:not([hidden])')) return;
    for (const el of document.querySelectorAll('[data-key]')) {
      if (el.dataset.key.toLowerCase() !== e.key.toLowerCase() || !el.getClientRects().length) continue;
      e.preventDefault();
      if (writes(el)) { el.focus(); el.select?.(); } else el.click();
      return;
    }
  });

  // ---- number pad ---------------------------------------------------------
  class NumberPad extends HTMLElement {
    connectedCallback() {
      const field = document.getElementById(this.dataset.for);
      if (!field || this.firstChild) return;
      this.field = field;
      this.setAttribute('role', 'group');
      this.setAttribute('aria-label', this.dataset.label || '');
      for (const k of '123456789') this.add(k, () => this.type(k));
      if (this.hasAttribute('data-point')) this.add('.', () => this.point());
      else this.add(this.dataset.clear, () => this.put(''), 'wide');
      this.add('0', () => this.type('0'));
      this.add(this.dataset.erase, () => this.put([...this.field.value].slice(0, -1).join('')), 'wide');
    }

    add(text, press, look) {
      const b = document.createElement('button');
      b.type = 'button';
      b.textContent = text;
      if (look) b.className = look;
      b.addEventListener('click', press);
      this.append(b);
    }

    type(digit) {
      const max = this.field.maxLength;
      if (max >= 0 && this.field.value.length >= max) return;
      this.put(this.field.value + digit);
    }

    point() {
      if (!this.field.value.includes('.')) this.type(this.field.value ? '.' : '0.');
    }

    put(value) {
      this.field.value = value;
      this.field.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }
  customElements.define('number-pad', NumberPad);

  // ---- nobody there -------------------------------------------------------
  // After data-warn seconds without a touch the page covers itself and counts
  // data-grace seconds; 继续 starts over, as often as one likes. The end is a
  // deadline, not a count of ticks: a sleeping tab does not lengthen a session.
  class IdleTimer extends HTMLElement {
    connectedCallback() {
      this.warn = Number(this.dataset.warn) * 1000;
      this.grace = Number(this.dataset.grace) * 1000;
      this.panel = this.querySelector('.idle');
      this.count = this.querySelector('.idle-count');
      this.form = this.querySelector('form');
      this.touch = () => { if (this.panel.hidden) this.start(); };
      this.events = ['pointerdown', 'keydown', 'wheel', 'touchstart', 'input'];
      for (const n of this.events) document.addEventListener(n, this.touch, { passive: true, capture: true });
      this.querySelector('[data-stay]').addEventListener('click', () => this.stay());
      this.onkey = (e) => this.key(e);
      document.addEventListener('keydown', this.onkey, true);
      this.start();
      this.timer = setInterval(() => this.tick(), 250);
    }

    disconnectedCallback() {
      clearInterval(this.timer);
      for (const n of this.events) document.removeEventListener(n, this.touch, { capture: true });
      document.removeEventListener('keydown', this.onkey, true);
    }

    start() { this.since = Date.now(); }

    tick() {
      const idle = Date.now() - this.since;
      if (idle < this.warn) return;
      const left = Math.ceil((this.warn + this.grace - idle) / 1000);
      if (this.panel.hidden) this.ask();
      if (left <= 0) { this.leave(); return; }
      // Said at the start, every ten seconds and for the last five; a voice that
      // counts each second can be neither followed nor interrupted.
      if (this.said !== left && (this.said === undefined || left % 10 === 0 || left <= 5)) {
        this.said = left;
        this.count.textContent = this.count.dataset.text.replace('{n}', left);
      }
    }

    ask() {
      this.before = document.activeElement;
      this.said = undefined;
      this.panel.hidden = false;
      for (const el of document.body.children) if (el !== this) el.inert = true;
      this.querySelector('[data-stay]').focus();
      this.dispatchEvent(new CustomEvent('idle-warning', { bubbles: true }));
    }

    stay() {
      this.panel.hidden = true;
      for (const el of document.body.children) el.inert = false;
      this.start();
      if (this.before && this.before.isConnected) this.before.focus();
      // The host counts too: a silent request tells it that somebody is there.
      fetch(location.href, { method: 'HEAD', headers: { 'X-Still-Here': '1' } }).catch(() => {});
    }

    key(e) {
      if (this.panel.hidden || e.key !== 'Escape') return;
      e.preventDefault();
      e.stopPropagation();
      this.stay();
    }

    leave() {
      clearInterval(this.timer);
      document.querySelectorAll('main input, main textarea').forEach((f) => { f.value = ''; });
      this.form.submit();
    }
  }
  customElements.define('idle-timer', IdleTimer);

  // ---- the host leads on ---------------------------------------------------
  // A card was read or taken away: the host's stream puts a link into the page,
  // and without script it is pressed by hand.
  const lead = () => {
    const a = document.querySelector('a[data-go]');
    if (a) { observer.disconnect(); location.assign(a.href); }
  };
  const observer = new MutationObserver(lead);
  observer.observe(document.body, { childList: true, subtree: true });

  // ---- errors come into view ---------------------------------------------
  const errors = document.querySelector('.errors');
  if (errors) errors.focus();
})();
