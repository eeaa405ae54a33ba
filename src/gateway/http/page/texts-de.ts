/**
 * The pages in German.
 *
 * @module
 */

import type { Texts } from "./texts.ts";

export const german: Texts = {
  title: "Anmelden",
  intro: "und weiter zu {application}",
  userName: "Benutzername",
  password: "Passwort",
  connection: "Organisation",
  connectionByMail: "Anhand meiner E-Mail-Adresse finden",
  connectionChoose: "Wählen Sie …",
  submit: "Anmelden",
  working: "Wird geprüft …",
  cancel: "Zurück zu {application}",
  footer: "",
  problemTitle: "Das hat nicht geklappt",

  changeTitle: "Neues Passwort wählen",
  changeIntro: "Ihr Passwort muss geändert werden, bevor es zu {application} weitergeht.",
  oldPassword: "Bisheriges Passwort",
  newPassword: "Neues Passwort",
  repeatPassword: "Neues Passwort noch einmal",
  changeSubmit: "Passwort ändern und anmelden",
  changedButDenied:
    "Ihr neues Passwort gilt, aber die Anmeldung hat noch nicht geklappt. Warten Sie eine Minute und melden Sie sich mit dem neuen Passwort an.",
  changeUnresolved:
    "Es ließ sich nicht herausfinden, ob das neue Passwort schon gilt. Melden Sie sich mit dem neuen an, und mit dem bisherigen, falls das nicht klappt.",

  continueTitle: "Sie sind angemeldet",
  continueText: "Sie werden zu {application} weitergeleitet.",
  continueLink: "Weiter zu {application}",
  cachedTitle: "Sie sind angemeldet, nach letztem Stand",
  cachedText:
    "Das Verzeichnis Ihrer Organisation ist gerade nicht erreichbar. Ihre Anmeldung wurde anhand der letzten geprüft; neuere Änderungen an Ihren Gruppen können fehlen.",

  logoutTitle: "Abmelden?",
  logoutText: "Danach müssen Sie sich bei jeder Anwendung neu anmelden, die {name} verwendet.",
  logoutSubmit: "Abmelden",
  logoutStay: "Angemeldet bleiben",
  loggedOutTitle: "Sie sind abgemeldet",
  loggedOutText: "Sie können dieses Fenster schließen.",

  nameMissing: "Geben Sie Ihren Benutzernamen ein.",
  nameMalformed: "So sieht kein Benutzername aus. Prüfen Sie ihn auf überzählige Zeichen.",
  passwordMissing: "Geben Sie Ihr Passwort ein.",
  passwordTooLong: "Dieses Passwort ist länger, als ein richtiges sein kann.",
  connectionMissing: "Wählen Sie Ihre Organisation.",
  newPasswordMissing: "Geben Sie ein neues Passwort ein.",
  repeatDiffers: "Die beiden neuen Passwörter sind nicht gleich.",
  denials: {
    bad_credentials: "Benutzername oder Passwort stimmt nicht.",
    unknown_account: "Benutzername oder Passwort stimmt nicht.",
    ambiguous_account: "Benutzername oder Passwort stimmt nicht.",
    account_disabled: "Ihr Konto ist gesperrt. Ihr Helpdesk kann Ihnen sagen, warum.",
    account_expired: "Ihr Konto ist abgelaufen. Ihr Helpdesk kann es verlängern.",
    account_locked:
      "Ihr Konto ist nach zu vielen falschen Passwörtern vorübergehend gesperrt. Warten Sie eine Weile oder fragen Sie Ihren Helpdesk.",
    password_expired: "Ihr Passwort ist abgelaufen.",
    password_must_change: "Ihr Passwort muss geändert werden.",
    logon_hours: "Ihr Konto darf sich um diese Uhrzeit nicht anmelden.",
    workstation_restricted: "Ihr Konto darf sich von hier aus nicht anmelden.",
    logon_type_not_granted: "Ihr Konto darf sich nicht mit einem Passwort anmelden.",
  },
  otherDenial: "Ihr Zertifikat oder Ticket wird hier nicht anerkannt.",
  otherWays: "Ohne Passwort",
  ticketUse: "Anmeldung dieses Computers verwenden",
  ticketMissing:
    "Dieser Computer hat keine Anmeldung, die hier gilt. Geben Sie Benutzername und Passwort ein.",
  ticketDenied:
    "Die Anmeldung dieses Computers wird hier nicht anerkannt. Geben Sie Benutzername und Passwort ein.",
  ticketClock:
    "Die Uhr dieses Computers geht falsch, darum gilt seine Anmeldung hier nicht. Geben Sie Benutzername und Passwort ein, und sagen Sie Ihrem Helpdesk Bescheid.",
  ticketUnavailable:
    "Die Anmeldung dieses Computers ließ sich gerade nicht prüfen. Geben Sie Benutzername und Passwort ein, oder versuchen Sie es gleich noch einmal.",
  certificateUse: "Zertifikat oder Smartcard verwenden",
  certificates: {
    missing:
      "Ihr Browser hat kein Zertifikat vorgezeigt. Stecken Sie Ihre Smartcard ein, und versuchen Sie es noch einmal, oder geben Sie Benutzername und Passwort ein.",
    denied: "Dieses Zertifikat wird hier nicht anerkannt. Geben Sie Benutzername und Passwort ein.",
    over: "Es hat zu lange gedauert, bis Ihr Zertifikat geprüft war. Versuchen Sie es noch einmal.",
    unavailable:
      "Ihr Zertifikat ließ sich gerade nicht prüfen. Versuchen Sie es gleich noch einmal, oder geben Sie Benutzername und Passwort ein.",
    certificate_expired:
      "Ihr Zertifikat ist abgelaufen. Geben Sie Benutzername und Passwort ein, und lassen Sie sich vom Helpdesk ein neues geben.",
    certificate_not_yet_valid: "Ihr Zertifikat gilt noch nicht. Geben Sie Benutzername und Passwort ein.",
    certificate_revoked:
      "Ihr Zertifikat wurde widerrufen. Geben Sie Benutzername und Passwort ein, oder fragen Sie Ihren Helpdesk.",
  },
  refusals: {
    not_offered: "Passwörter können hier nicht geändert werden. Fragen Sie Ihren Helpdesk.",
    unknown_account: "Benutzername oder bisheriges Passwort stimmt nicht.",
    ambiguous_account: "Benutzername oder bisheriges Passwort stimmt nicht.",
    wrong_old_password: "Benutzername oder bisheriges Passwort stimmt nicht.",
    account_disabled: "Ihr Konto ist gesperrt. Ihr Helpdesk kann Ihnen sagen, warum.",
    account_locked:
      "Ihr Konto ist nach zu vielen falschen Passwörtern vorübergehend gesperrt. Warten Sie eine Weile oder fragen Sie Ihren Helpdesk.",
    too_weak:
      "Das neue Passwort ist zu kurz oder zu einfach. Mischen Sie große und kleine Buchstaben, Ziffern und Zeichen.",
    in_history: "Dieses Passwort hatten Sie schon, oder es ist verboten. Wählen Sie ein anderes.",
    too_young: "Ihr Passwort wurde erst vor Kurzem geändert und kann noch nicht wieder geändert werden.",
    policy: "Die Passwortrichtlinie erlaubt dieses Passwort nicht. Wählen Sie ein anderes.",
    not_permitted: "Ihr Konto darf sein Passwort nicht ändern. Fragen Sie Ihren Helpdesk.",
    expired: "Ihr Passwort ist abgelaufen, und nur Ihr Helpdesk kann es ersetzen.",
    bad_cursor: "Passwörter können hier nicht geändert werden. Fragen Sie Ihren Helpdesk.",
  },
  unavailable:
    "Die Anmeldung ist gerade nicht möglich, weil das Verzeichnis Ihrer Organisation nicht erreichbar ist. Ob Ihr Passwort stimmt, ließ sich nicht feststellen. Versuchen Sie es gleich noch einmal.",
  throttled: "Es gab zu viele Versuche. Warten Sie eine Minute, und versuchen Sie es dann noch einmal.",

  errors: {
    expired: {
      title: "Diese Anmeldung ist vorbei",
      text: "Sie hat zu lange gedauert oder wurde in einem anderen Fenster beendet. Beginnen Sie noch einmal bei der Anwendung.",
    },
    foreign_form: {
      title: "Diese Anmeldung kann nicht weitergehen",
      text: "Das Formular kam nicht von dieser Seite, oder Cookies sind abgeschaltet. Beginnen Sie noch einmal bei der Anwendung.",
    },
    bad_request: {
      title: "Die Anwendung wollte etwas, das nicht möglich ist",
      text: "Darum muss sich kümmern, wer die Anwendung betreibt:",
    },
    bad_redirect: {
      title: "Die Anwendung nannte eine falsche Rückkehradresse",
      text: "Darum wurde nichts dorthin gesendet. Kümmern muss sich, wer die Anwendung betreibt: Die Redirect-URI ist nicht für sie eingetragen.",
    },
    unknown_client: {
      title: "Diese Anwendung ist hier nicht bekannt",
      text: "Darum kann sich niemand bei ihr anmelden. Kümmern muss sich, wer die Anwendung betreibt: Ihre Client-ID ist nicht eingetragen.",
    },
    unavailable: {
      title: "Die Anmeldung ist gerade nicht möglich",
      text: "Ein Teil, den sie braucht, ist nicht erreichbar. Mit Ihrem Konto ist alles in Ordnung. Versuchen Sie es gleich noch einmal.",
    },
    too_many: {
      title: "Von hier wurden zu viele Anmeldungen begonnen",
      text: "Warten Sie einige Minuten, und beginnen Sie noch einmal bei der Anwendung.",
    },
    not_found: { title: "Diese Seite gibt es nicht", text: "Beginnen Sie noch einmal bei der Anwendung." },
    defect: {
      title: "Hier ist etwas schiefgegangen",
      text: "Es liegt nicht an Ihnen und wurde festgehalten. Beginnen Sie noch einmal bei der Anwendung.",
    },
  },
};
