package redpanda

import (
	"reflect"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
)

func TestTheOperatorsCommandsAreUnderstood(t *testing.T) {
	for line, want := range map[string]Command{
		"security user create relay --new-password secret --mechanism SCRAM-SHA-512": userCommand{name: "relay", password: "secret"},
		"security user update relay --new-password secret --mechanism SCRAM-SHA-512": userCommand{name: "relay", password: "secret", update: true},
		"security acl create --allow-principal User:relay --operation write,describe --topic a,b": aclCommand{
			principals: []string{"User:relay"}, topics: []string{"a", "b"},
			operations: []kadm.ACLOperation{kadm.OpWrite, kadm.OpDescribe},
		},
		"security acl create --allow-principal User:relay --operation idempotent_write --cluster": aclCommand{
			principals: []string{"User:relay"}, cluster: true, operations: []kadm.ACLOperation{kadm.OpIdempotentWrite},
		},
	} {
		got, err := ParseCommand(strings.Fields(line))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", line, got, err)
		}
	}
}

func TestWhatRpkDoesElseIsRefused(t *testing.T) {
	for _, line := range []string{
		"topic create a",
		"security user list -v",
		"security user create relay --mechanism SCRAM-SHA-512",
		"security user create relay --new-password a --mechanism SCRAM-SHA-256",
		"security user create relay --password a --mechanism SCRAM-SHA-512",
		"security acl create --operation read --topic a",
		"security acl create --allow-principal User:a --operation fly --topic a",
		"security acl create --allow-principal User:a --operation read --deny-host h",
		"security acl create --allow-principal",
	} {
		if command, err := ParseCommand(strings.Fields(line)); err == nil {
			t.Errorf("took %s: %+v", line, command)
		}
	}
}
