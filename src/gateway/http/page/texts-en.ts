/**
 * The pages in English.
 *
 * @module
 */

import type { Texts } from "./texts.ts";

export const english: Texts = {
  title: "Log in",
  intro: "to go on to {application}",
  userName: "User name",
  password: "Password",
  connection: "Organisation",
  connectionByMail: "Find it by my mail address",
  connectionChoose: "Choose …",
  submit: "Log in",
  working: "Checking …",
  cancel: "Back to {application}",
  footer: "",
  problemTitle: "That did not work",

  changeTitle: "Choose a new password",
  changeIntro: "Your password has to be changed before you can go on to {application}.",
  oldPassword: "Current password",
  newPassword: "New password",
  repeatPassword: "New password, once more",
  changeSubmit: "Change password and log in",
  changedButDenied:
    "Your new password is set, but the login did not work yet. Wait a minute, then log in with the new password.",
  changeUnresolved:
    "It could not be found out whether the new password is set already. Log in with the new one, and with the current one if that does not work.",

  continueTitle: "You are logged in",
  continueText: "You are being taken to {application}.",
  continueLink: "Continue to {application}",
  cachedTitle: "You are logged in, as last known",
  cachedText:
    "Your organisation's directory cannot be reached right now. Your login was checked against what was known of you at your last login; recent changes to your groups may be missing.",

  logoutTitle: "Log out?",
  logoutText: "You will have to log in again at every application that uses {name}.",
  logoutSubmit: "Log out",
  logoutStay: "Stay logged in",
  loggedOutTitle: "You are logged out",
  loggedOutText: "You can close this window.",

  nameMissing: "Enter your user name.",
  nameMalformed: "This is not how a user name looks. Check it for stray characters.",
  passwordMissing: "Enter your password.",
  passwordTooLong: "This password is longer than any that can be right.",
  connectionMissing: "Choose your organisation.",
  newPasswordMissing: "Enter a new password.",
  repeatDiffers: "The two new passwords are not the same.",
  denials: {
    bad_credentials: "The user name or the password is not right.",
    unknown_account: "The user name or the password is not right.",
    ambiguous_account: "The user name or the password is not right.",
    account_disabled: "Your account is disabled. Your help desk can tell you why.",
    account_expired: "Your account has expired. Your help desk can extend it.",
    account_locked:
      "Your account is locked for now, after too many wrong passwords. Wait a while, or ask your help desk.",
    password_expired: "Your password has expired.",
    password_must_change: "Your password has to be changed.",
    logon_hours: "Your account may not log in at this time of day.",
    workstation_restricted: "Your account may not log in from here.",
    logon_type_not_granted: "Your account may not log in with a password.",
  },
  otherDenial: "Your certificate or ticket is not accepted here.",
  otherWays: "Without a password",
  ticketUse: "Use the login of this computer",
  ticketMissing:
    "This computer has no login that could be used here. Enter your user name and your password.",
  ticketDenied: "The login of this computer is not accepted here. Enter your user name and your password.",
  ticketClock:
    "The clock of this computer is wrong, so its login could not be used. Enter your user name and your password, and tell your help desk.",
  ticketUnavailable:
    "The login of this computer could not be checked just now. Enter your user name and your password, or try again in a moment.",
  certificateUse: "Use my certificate or smart card",
  certificates: {
    missing:
      "Your browser showed no certificate. Insert your smart card and try again, or enter your user name and your password.",
    denied: "This certificate is not accepted here. Enter your user name and your password.",
    over: "It took too long until your certificate was checked. Try again.",
    unavailable:
      "Your certificate could not be checked just now. Try again in a moment, or enter your user name and your password.",
    certificate_expired:
      "Your certificate has expired. Enter your user name and your password, and ask your help desk for a new one.",
    certificate_not_yet_valid: "Your certificate is not valid yet. Enter your user name and your password.",
    certificate_revoked:
      "Your certificate has been revoked. Enter your user name and your password, or ask your help desk.",
  },
  refusals: {
    not_offered: "Passwords cannot be changed here. Ask your help desk.",
    unknown_account: "The user name or the current password is not right.",
    ambiguous_account: "The user name or the current password is not right.",
    wrong_old_password: "The user name or the current password is not right.",
    account_disabled: "Your account is disabled. Your help desk can tell you why.",
    account_locked:
      "Your account is locked for now, after too many wrong passwords. Wait a while, or ask your help desk.",
    too_weak: "The new password is too short or too simple. Mix letters of both cases, digits and signs.",
    in_history: "You have used this password before, or it is forbidden. Choose another one.",
    too_young: "Your password was changed a short time ago and cannot be changed again yet.",
    policy: "The password policy does not allow this password. Choose another one.",
    not_permitted: "Your account may not change its password. Ask your help desk.",
    expired: "Your password has expired, and only your help desk can replace it.",
    bad_cursor: "Passwords cannot be changed here. Ask your help desk.",
  },
  unavailable:
    "Logging in is not possible right now, because your organisation's directory cannot be reached. Whether your password is right could not be found out. Try again in a moment.",
  throttled: "There were too many attempts. Wait a minute, then try again.",

  errors: {
    expired: {
      title: "This login is over",
      text: "It took too long, or it was finished in another window. Go back to the application and start again.",
    },
    foreign_form: {
      title: "This login cannot go on",
      text: "The form did not come from this page, or cookies are off. Go back to the application and start again.",
    },
    bad_request: {
      title: "The application asked for something that is not possible",
      text: "This is a matter for whoever runs the application:",
    },
    bad_redirect: {
      title: "The application gave a wrong address to return to",
      text: "So nothing was sent there. This is a matter for whoever runs the application: the redirect URI is not one of those that are registered for it.",
    },
    unknown_client: {
      title: "This application is not known here",
      text: "So nobody can log in to it. This is a matter for whoever runs the application: its client id is not registered.",
    },
    unavailable: {
      title: "Logging in is not possible right now",
      text: "A part that it needs cannot be reached. Nothing is wrong with your account. Try again in a moment.",
    },
    too_many: {
      title: "Too many logins were begun from here",
      text: "Wait a few minutes, go back to the application and start again.",
    },
    not_found: { title: "There is no such page", text: "Go back to the application and start again." },
    defect: {
      title: "Something went wrong here",
      text: "It is not your fault, and it was noted down. Go back to the application and start again.",
    },
  },
};
