package portal

import "strings"

// reserved are the ids that a field cannot have. An answer is kept, its step is
// called and sentences are filled under the field's id, so a field named like
// something of the conversations' own would speak in its place: one called
// "account" would let people type the account that a code is for. A test of
// flows/standard finds what is missing here.
//
// "username" is not here, though conversations use it: it is what cores call such a
// field, and what is kept there after a proof is the same thing.
var reserved = names(
	// What flows keep beside the answers.
	`account again_at case claimed counted hits nonce part proven_at reason slow unregistered when wrong`,
	// What sentences are filled with.
	`address again ask asked at case channel chars code date day delay errand fields host if intro label label_up left minutes n office org pin portal
	portal_url privacy_url questions seconds sender step summary temporary time total tries until value wait when where word`,
	// The steps of the flows that ask for fields.
	`another by_page code code_again code_expired code_spent confirm day_spent done failed find form frozen late lookup missing no_mail part part_again
	part_late part_told resend resend_spent resent same start stopped stuck temp temp_again temp_how temp_missing temp_resend temp_resent temp_soon temp_spent
	temp_works too_many too_soon unlock unlocked unregistered which wrong`,
	// The errand "contact", and addresses being proven.
	`agent challenge changed close closed code_new current field from gone known life link look name notices number old on todo_next period place post_new riddle riddle_text refused save saved saved_more saved_over noted then things to what why`,
	// The errand "change".
	`accept agreement by_code doubt locked missed used_up was`,
	// The errand "register".
	`accepted accepted_at chosen chosen_at closed declined invite invited_at keys_spent mails method new_mail no_key of opens other pick_mail products
	repeat_mail review shown still_waits masked taken terms terms_read url waits without_key wrong_key`,
	// The errand "payslip".
	`batch begun beyond choose count elsewhere empty field first forget from lines last link links list loss lost losing month months more no_other opens other other_code other_fields other_soon owned
	page place places rest sent shown slip slip_label slips title titles wish year`,
	// The errand "unlock".
	`again counted_as expired fine free fresh knows must_change new shut then`,
	// The errand "register" of who waits.
	`by_data data_mail data_refused data_repeat data_wait data_waits data_which waited_at`,
	// The errand "sessions", and what is offered after a new password.
	`ended sessions`,
	// Who wants another account than the one an errand is about, and addresses that do not exist.
	`missing_new new_back new_lost other_account other_anew other_what`,
	// The errand "username".
	`bye heard none office_hours prove rule seen tell told whole`,
	// What agents do.
	`case_mail outcome saved_to thaw vouched_at vouched_for`,
	// What is told of an account.
	`text`,
	// The fields of the one-time pages.
	`password repeat`,
)

func names(lists ...string) map[string]bool {
	all := map[string]bool{}
	for _, list := range lists {
		for name := range strings.FieldsSeq(list) {
			all[name] = true
		}
	}
	return all
}
