// Package pki makes the certificates of a cluster: one authority, one
// certificate for each component, one key that signs service account tokens.
//
// A folder is made whole or not at all: when anything in it is missing or soon
// to expire, all of it is made anew.
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	lifetime = 365 * 24 * time.Hour
	renewal  = 30 * 24 * time.Hour
	// AuthorityName is the file name, without ending, of the authority.
	AuthorityName = "ca"
	// TokenKeyName is the file name, without ending, of the token signing key.
	TokenKeyName = "service-accounts"
)

// Leaf describes one certificate, good for clients and servers alike.
type Leaf struct {
	Name         string // of the files NAME.crt and NAME.key
	CommonName   string
	Organization string
	Addresses    []string // IP addresses
	Hosts        []string // DNS names
}

// Folder is a folder of certificates.
type Folder string

// Certificate is the path of the certificate of that name.
func (f Folder) Certificate(name string) string { return filepath.Join(string(f), name+".crt") }

// Key is the path of the private key of that name.
func (f Folder) Key(name string) string { return filepath.Join(string(f), name+".key") }

// Ensure makes the folder's certificates unless all are there and fresh. It
// reports whether it made them.
func (f Folder) Ensure(leaves []Leaf) (bool, error) {
	if f.fresh(leaves, time.Now()) {
		return false, nil
	}
	if err := os.RemoveAll(string(f)); err != nil {
		return false, err
	}
	if err := os.MkdirAll(string(f), 0o700); err != nil {
		return false, err
	}
	return true, f.makeAll(leaves)
}

func (f Folder) makeAll(leaves []Leaf) error {
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	if err := f.write(AuthorityName, authority.cert.Raw, authority.key); err != nil {
		return err
	}
	for _, leaf := range leaves {
		der, key, err := authority.issue(leaf)
		if err != nil {
			return fmt.Errorf("certificate %s: %w", leaf.Name, err)
		}
		if err := f.write(leaf.Name, der, key); err != nil {
			return err
		}
	}
	key, err := newKey()
	if err != nil {
		return err
	}
	return f.write(TokenKeyName, nil, key)
}

func (f Folder) fresh(leaves []Leaf, now time.Time) bool {
	if _, err := os.Stat(f.Key(TokenKeyName)); err != nil {
		return false
	}
	for _, leaf := range append([]Leaf{{Name: AuthorityName}}, leaves...) {
		cert, err := f.read(leaf.Name)
		if err != nil || now.Add(renewal).After(cert.NotAfter) || !covers(cert, leaf) {
			return false
		}
	}
	return true
}

func (f Folder) read(name string) (*x509.Certificate, error) {
	text, err := os.ReadFile(f.Certificate(name))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM block", f.Certificate(name))
	}
	return x509.ParseCertificate(block.Bytes)
}

// covers reports whether a certificate is valid for all names of a leaf.
func covers(cert *x509.Certificate, leaf Leaf) bool {
	for _, name := range append(leaf.Addresses, leaf.Hosts...) {
		if cert.VerifyHostname(name) != nil {
			return false
		}
	}
	return leaf.CommonName == "" || cert.Subject.CommonName == leaf.CommonName
}

func (f Folder) write(name string, cert []byte, key *ecdsa.PrivateKey) error {
	if cert != nil {
		text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
		if err := os.WriteFile(f.Certificate(name), text, 0o644); err != nil {
			return err
		}
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	return os.WriteFile(f.Key(name), text, 0o600)
}

type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

func newAuthority() (*authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template, err := template(pkix.Name{CommonName: "phasma-local"})
	if err != nil {
		return nil, err
	}
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert: cert, key: key}, err
}

func (a *authority) issue(leaf Leaf) ([]byte, *ecdsa.PrivateKey, error) {
	key, err := newKey()
	if err != nil {
		return nil, nil, err
	}
	subject := pkix.Name{CommonName: leaf.CommonName}
	if leaf.Organization != "" {
		subject.Organization = []string{leaf.Organization}
	}
	template, err := template(subject)
	if err != nil {
		return nil, nil, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}
	template.DNSNames = leaf.Hosts
	for _, address := range leaf.Addresses {
		template.IPAddresses = append(template.IPAddresses, net.ParseIP(address))
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	return der, key, err
}

func template(subject pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    now.Add(-time.Hour), // tolerates a clock that steps back
		NotAfter:     now.Add(lifetime),
	}, err
}
