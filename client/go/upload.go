package wheelhouse

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	wheelhousev1 "github.com/wheelhouse/wheelhouse/client/go/wheelhouse/v1"
)

const chunkSize = 256 << 10

// UploadPath uploads the chart at a path: a folder, which is packed here, or a .tgz, with its provenance file (PATH.prov)
// where there is one. The digest in the response goes into ChartSource.
func (c *Client) UploadPath(ctx context.Context, path string) (*wheelhousev1.UploadChartResponse, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		reader, writer := io.Pipe()
		defer reader.Close()
		go func() { writer.CloseWithError(pack(path, writer)) }()
		return c.UploadChart(ctx, reader)
	}
	archive, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	provenance, err := os.ReadFile(path + ".prov")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return c.upload(ctx, archive, provenance)
}

// UploadChart uploads a gzipped chart archive. The digest in the response goes into ChartSource.
func (c *Client) UploadChart(ctx context.Context, archive io.Reader) (*wheelhousev1.UploadChartResponse, error) {
	return c.upload(ctx, archive, nil)
}

func (c *Client) upload(ctx context.Context, archive io.Reader, provenance []byte) (*wheelhousev1.UploadChartResponse, error) {
	stream, err := c.Charts.UploadChart(ctx)
	if err != nil {
		return nil, err
	}
	if len(provenance) > 0 {
		if err := stream.Send(&wheelhousev1.UploadChartRequest{Provenance: provenance}); err != nil {
			return stream.CloseAndRecv() // it says why
		}
	}
	buffer := make([]byte, chunkSize)
	for {
		n, err := archive.Read(buffer)
		if n > 0 {
			if err := stream.Send(&wheelhousev1.UploadChartRequest{Chunk: buffer[:n]}); err != nil {
				break // the response says why
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return stream.CloseAndRecv()
}

// pack writes a folder as a gzipped tar, under the folder's name. Only the files count for the digest.
func pack(folder string, out io.Writer) error {
	whole, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	zipped := gzip.NewWriter(out)
	archive := tar.NewWriter(zipped)
	add := func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return addFile(archive, filepath.Dir(whole), path, entry)
	}
	return errors.Join(filepath.WalkDir(whole, add), archive.Close(), zipped.Close())
}

func addFile(archive *tar.Writer, base, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	target := ""
	if info.Mode()&fs.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	if header.Name, err = filepath.Rel(base, path); err != nil {
		return err
	}
	header.Name = filepath.ToSlash(header.Name)
	if err := archive.WriteHeader(header); err != nil || !info.Mode().IsRegular() {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(archive, file)
	return err
}
