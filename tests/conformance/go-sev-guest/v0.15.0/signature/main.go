// SPDX-License-Identifier: Apache-2.0

// signature REPORT VCEK ASK ARK (certificates in PEM): what remains of go-sev-guest's verification for a product whose
// certificate extensions it does not know: report format, report signature, and Go's own path validation of the chain.
package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/verify"
)

func certificate(path string) (*x509.Certificate, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(bytes)
	if block == nil {
		return nil, fmt.Errorf("%s is not PEM", path)
	}
	return x509.ParseCertificate(block.Bytes)
}

func check(paths []string) error {
	report, err := os.ReadFile(paths[0])
	if err != nil {
		return err
	}
	var chain []*x509.Certificate
	for _, path := range paths[1:4] {
		parsed, err := certificate(path)
		if err != nil {
			return err
		}
		chain = append(chain, parsed)
	}
	intermediates, roots := x509.NewCertPool(), x509.NewCertPool()
	intermediates.AddCert(chain[1])
	roots.AddCert(chain[2])
	options := x509.VerifyOptions{Roots: roots, Intermediates: intermediates,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if _, err := chain[0].Verify(options); err != nil {
		return fmt.Errorf("chain: %v", err)
	}
	fmt.Println("chain verified")
	if _, err := abi.ReportToProto(report); err != nil {
		return fmt.Errorf("report: %v", err)
	}
	if err := verify.SnpReportSignature(report, chain[0]); err != nil {
		return fmt.Errorf("report: %v", err)
	}
	fmt.Println("report verified")
	return nil
}

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: signature REPORT VCEK ASK ARK")
		os.Exit(2)
	}
	if err := check(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
