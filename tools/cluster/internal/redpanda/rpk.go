package redpanda

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// iterations is Redpanda's own number for SCRAM.
const iterations = 4096

// patience is how long one command may take.
const patience = 30 * time.Second

// Command is one call of rpk, as far as the operator makes it.
type Command interface {
	run(context.Context, *kadm.Client) error
}

// userCommand makes a user or, as update, gives it another password.
type userCommand struct {
	name, password string
	update         bool
}

// aclCommand allows operations on topics, on groups or on the cluster.
type aclCommand struct {
	principals, topics, groups []string
	operations                 []kadm.ACLOperation
	cluster                    bool
}

// ParseCommand reads the arguments of `rpk security`.
func ParseCommand(args []string) (Command, error) {
	if len(args) < 3 || args[0] != "security" {
		return nil, errors.New("this stand-in for rpk knows redpanda start, security user and security acl create")
	}
	switch args[1] + " " + args[2] {
	case "user create":
		return parseUserCommand(args[3:], false)
	case "user update":
		return parseUserCommand(args[3:], true)
	case "acl create":
		return parseACLCommand(args[3:])
	default:
		return nil, fmt.Errorf("this stand-in for rpk doesn't know security %s %s", args[1], args[2])
	}
}

func parseUserCommand(args []string, update bool) (Command, error) {
	if len(args) == 0 {
		return nil, errors.New("missing required username argument")
	}
	command := userCommand{name: args[0], update: update}
	mechanism := ""
	err := flags(args[1:], func(name, value string) error {
		switch name {
		case "--new-password":
			command.password = value
		case "--mechanism":
			mechanism = strings.ToUpper(value)
		default:
			return unknown(name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if command.password == "" || mechanism != scram512 {
		return nil, fmt.Errorf("a password and the mechanism %s are needed", scram512)
	}
	return command, nil
}

func parseACLCommand(args []string) (Command, error) {
	var command aclCommand
	// The only flag without a value comes last.
	if last := len(args) - 1; last >= 0 && args[last] == "--cluster" {
		command.cluster, args = true, args[:last]
	}
	err := flags(args, func(name, value string) error {
		values := strings.Split(value, ",")
		switch name {
		case "--allow-principal":
			command.principals = values
		case "--topic":
			command.topics = values
		case "--group":
			command.groups = values
		case "--operation":
			return command.allow(values)
		default:
			return unknown(name)
		}
		return nil
	})
	if err == nil && len(command.principals) == 0 {
		err = errors.New("no principal")
	}
	return command, err
}

func (c *aclCommand) allow(names []string) error {
	for _, name := range names {
		operation, err := kmsg.ParseACLOperation(name)
		if err != nil {
			return err
		}
		c.operations = append(c.operations, operation)
	}
	return nil
}

// flags calls take for each pair of a flag and its value.
func flags(args []string, take func(name, value string) error) error {
	if len(args)%2 != 0 {
		return fmt.Errorf("%s: a flag without its value", args[len(args)-1])
	}
	for ; len(args) > 0; args = args[2:] {
		if err := take(args[0], args[1]); err != nil {
			return err
		}
	}
	return nil
}

func unknown(flag string) error {
	return fmt.Errorf("this stand-in for rpk doesn't know %s", flag)
}

// Execute runs a command against the broker that the environment names, as rpk does.
func Execute(ctx context.Context, command Command) error {
	options, err := options()
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return command.run(ctx, kadm.NewClient(client))
}

// options reads rpk's own variables.
func options() ([]kgo.Opt, error) {
	pem, err := os.ReadFile(os.Getenv("RPK_TLS_CA"))
	if err != nil {
		return nil, fmt.Errorf("RPK_TLS_CA: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("RPK_TLS_CA: no certificate")
	}
	if mechanism := os.Getenv("RPK_SASL_MECHANISM"); mechanism != scram512 {
		return nil, fmt.Errorf("RPK_SASL_MECHANISM is %q, not %s", mechanism, scram512)
	}
	user := scram.Auth{User: os.Getenv("RPK_USER"), Pass: os.Getenv("RPK_PASS")}
	return []kgo.Opt{
		kgo.SeedBrokers(strings.Split(os.Getenv("RPK_BROKERS"), ",")...),
		kgo.DialTLSConfig(&tls.Config{RootCAs: roots}),
		kgo.SASL(user.AsSha512Mechanism()),
	}, nil
}

func (c userCommand) run(ctx context.Context, client *kadm.Client) error {
	known, err := client.DescribeUserSCRAMs(ctx, c.name)
	if err != nil {
		return err
	}
	user, found := known[c.name]
	found = found && user.Err == nil
	switch {
	case found && !c.update:
		return fmt.Errorf("unable to create user %q: User already exists", c.name)
	case !found && c.update:
		return fmt.Errorf("unable to update user %q: User not found", c.name)
	}
	upsert := kadm.UpsertSCRAM{User: c.name, Mechanism: kadm.ScramSha512, Iterations: iterations, Password: c.password}
	altered, err := client.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{upsert})
	if err != nil {
		return err
	}
	return altered.Error()
}

func (c aclCommand) run(ctx context.Context, client *kadm.Client) error {
	acls := kadm.NewACLs().Allow(c.principals...).AllowHosts().Operations(c.operations...).
		MaybeTopics(c.topics...).MaybeGroups(c.groups...).MaybeClusters(c.cluster).
		ResourcePatternType(kadm.ACLPatternLiteral)
	if err := acls.ValidateCreate(); err != nil {
		return err
	}
	results, err := client.CreateACLs(ctx, acls)
	if err != nil {
		return err
	}
	for _, result := range results {
		if result.Err != nil {
			return fmt.Errorf("%s on %s: %w", result.Operation, result.Name, result.Err)
		}
	}
	return nil
}
