package rabbittest

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
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// CAFile is the certificate of the authority that signed the node's, in PEM form.
func (n *Node) CAFile() string { return filepath.Join(n.dir, "ca.pem") }

// TLSURL is the AMQP URL of virtual host vhost for guest, by TLS. The node's
// certificate is for 127.0.0.1 and broker.test.
func (n *Node) TLSURL(vhost string) string {
	return fmt.Sprintf("amqps://guest:guest@127.0.0.1:%d/%s", n.TLSPort, url.PathEscape(vhost))
}

// ManagementTLSURL is the base URL of the management API by TLS.
func (n *Node) ManagementTLSURL() string {
	return fmt.Sprintf("https://127.0.0.1:%d", n.ManagementTLSPort)
}

// certify makes an authority of the node's own and a certificate signed by it.
func (n *Node) certify() error {
	year := time.Now().Add(365 * 24 * time.Hour)
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "rpcscope tests"}, NotAfter: year,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	own := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker"}, NotAfter: year,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"broker.test"},
	}
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, caKey.Public(), caKey)
	if err != nil {
		return err
	}
	ownDER, err := x509.CreateCertificate(rand.Reader, own, ca, key.Public(), caKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		name, kind string
		der        []byte
	}{{"ca.pem", "CERTIFICATE", caDER}, {"cert.pem", "CERTIFICATE", ownDER}, {"key.pem", "EC PRIVATE KEY", keyDER}} {
		text := pem.EncodeToMemory(&pem.Block{Type: f.kind, Bytes: f.der})
		if err := os.WriteFile(filepath.Join(n.dir, f.name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// tlsConf is the part of the node's configuration about TLS.
func (n *Node) tlsConf() string {
	var b strings.Builder
	fmt.Fprintf(&b, "listeners.ssl.1 = 127.0.0.1:%d\nmanagement.ssl.ip = 127.0.0.1\nmanagement.ssl.port = %d\n", n.TLSPort, n.ManagementTLSPort)
	for _, prefix := range []string{"ssl_options.", "management.ssl."} {
		for option, file := range map[string]string{"cacertfile": "ca.pem", "certfile": "cert.pem", "keyfile": "key.pem"} {
			fmt.Fprintf(&b, "%s%s = %s\n", prefix, option, filepath.Join(n.dir, file))
		}
	}
	return b.String()
}
