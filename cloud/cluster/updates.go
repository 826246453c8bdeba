package cluster

import (
	"context"
	"encoding/base64"
	"errors"

	"xiangyi/protocol"
	"xiangyi/protocol/host/web"
	"xiangyi/protocol/release"
	"xiangyi/replication/blobs"
)

// packageType is the media type of an update package.
const packageType = "application/vnd.xiangyi.update"

// packages takes the packages that operators publish.
func (n *Node) packages() web.Files {
	return web.Files{Most: blobs.MaxLength, Keep: n.keepPackage,
		Long: protocol.Refuse("file-too-large", "升级包太大，请用 -trimpath -ldflags '-s -w' 编译后重新打包").OnField("package")}
}

// keepPackage keeps a package that is whole, on a majority of the nodes, before any record
// names it.
func (n *Node) keepPackage(ctx context.Context, field string, raw []byte) (map[string]string, error) {
	_, _, err := release.Program(raw)
	if err != nil {
		n.Log.Warn("a package was refused", "err", err)
		return nil, protocol.Refuse("not-a-package", "这个文件不是完好的升级包，请用 xyctl update pack 重新打包").OnField(field)
	}
	_, head, err := release.ParseHead(raw)
	if err != nil {
		return nil, err
	}
	ref, err := n.blobs.Put(packageType, raw)
	if errors.Is(err, protocol.ErrSpace) {
		return nil, protocol.Refuse("no-space", "县中心的存储空间不够，请先清理磁盘再发布").OnField(field)
	}
	if err != nil {
		return nil, err
	}
	if !blobs.SaysHeld((&blobs.Keeper{Store: n.blobs, Peers: n.peers()}).Answer(ctx, blobs.AskHeld(ref))) {
		return nil, protocol.Refuse("not-held", "县中心的多数节点还没有存好升级包，请稍后再发布一次").OnField(field)
	}
	values := web.BlobValues(field, ref.String(), packageType, len(raw))
	values["head"] = base64.StdEncoding.EncodeToString(raw[:head])
	return values, nil
}
