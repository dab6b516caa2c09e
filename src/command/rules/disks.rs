//! Disks, volumes and file systems.
//! It never lets through an option that writes a table, a label or a file system.

use super::host::interval;
use super::{Call, ENDLESS, EVIDENCE, HEAVY, Mark, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule::only_reads("lsblk|findmnt|lsscsi|lsmem|dmidecode|hwinfo", "it only lists hardware and mounts", "-aAbdDefghiIJklLmMnNo:pOPQrRsStTuUvVwxCX:F:c:q: all bytes json output= list noheadings paths tree=? output-all nodeps short type= quiet df target= source= types= real class= string= raw pairs scsi topology fs perms summary=? verify verbose tab-file= mtab kernel")
        .must(&["lsblk", "lsblk -f -o NAME,SIZE", "findmnt -T /x", "findmnt --df", "dmidecode -t memory"]),
    Rule::only_reads("lshw", "it only lists hardware", "~ short html xml json businfo numeric sanitize quiet class= C= c=").must(&["lshw -short", "lshw -class disk"])
        .must_not(&["findmnt --nonsense", "lshw -html -dump f", "dmidecode --dump-bin f"]),
    Rule::reads("mount", "it lists what is mounted", "-lt: types=")
        .words(|_, given| given.words.first().map(|w| Call::changes(w, "it mounts a file system")))
        .must(&["mount", "mount -l", "mount -t ext4"])
        .must_not(&["mount /dev/sda1 /mnt", "mount -a", "mount -o remount,rw /", "mount -t nfs a:/b /c"]),
    Rule::reads("swapon", "it lists swap", "-s summary show=? noheadings raw bytes").needs("-s summary show=?").must(&["swapon --show", "swapon -s"]).must_not(&["swapon -a", "swapon /dev/sdb1", "swapon"]),
    Rule::changes("umount|swapoff|losetup|fstrim|growpart|resize2fs|xfs_growfs|e2label|tune2fs|cryptsetup|exportfs|eject|partprobe|blkdiscard|quotaon|quotaoff|mkswap|xfs_freeze|fsfreeze|hdparm", "it changes disks or what is mounted")
        .must_not(&["umount /mnt", "swapoff -a", "resize2fs /dev/sda1", "hdparm -W0 /dev/sda", "tune2fs -c 0 /dev/sda1"]),
    Rule::reads("blkid|blockdev|dumpe2fs|xfs_info|quota|repquota", "it only shows file systems", "-ahipsuvgqo:t:L:U:lnk getsize64 getss getbsz getra getro report label= uuid= match-tag= match-types= output= usages= cache-file=")
        .takes_words()
        .words(|asked, given| match asked.name {
            // Without its cache switched off it writes what it found there.
            "blkid" if given.any(&["g"]).is_some() || given.any(&["p"]).is_none() && !asked.has("/dev/null") => Some(Call::changes("blkid", "it renews its cache file; with `-p` or `-c /dev/null` it only looks")),
            _ => None,
        })
        .must(&["blkid -p /dev/sda1", "blockdev --getsize64 /dev/sda", "dumpe2fs -h /dev/sda1", "xfs_info /data"])
        .must_not(&["blockdev --setro /dev/sda", "blockdev --flushbufs /dev/sda", "blkid", "blkid -g", "blkid -pg"]),
    Rule::only_reads("lvs|vgs|pvs|lvdisplay|vgdisplay|pvdisplay", "it only lists volumes", "-aovPSO:cCmD:H options= units= all noheadings sort= segments maps columns separator= reportformat= nosuffix")
        .must(&["lvs -a -o +devices", "vgs", "pvs", "vgdisplay"])
        .must_not(&["lvs --config x"]),
    Rule::changes("lvextend|lvcreate|lvresize|lvchange|vgextend|vgcreate|vgchange|pvcreate|pvresize|pvmove|pvscan|vgscan|mdmon|vgimport|vgexport|vgcfgbackup", "it changes volumes")
        .must_not(&["lvextend -L +1G x", "vgchange -ay", "pvscan --cache"]),
    Rule::destroys("lvremove|vgremove|pvremove|vgreduce|lvreduce|mkfs|mkfs.ext4|mkfs.ext3|mkfs.xfs|mkfs.btrfs|mkfs.vfat|mke2fs|wipefs|dd|parted|gdisk|cfdisk|badblocks|debugfs|xfs_db|vgcfgrestore", "it deletes or overwrites data on disks")
        .flags(EVIDENCE)
        .must(&["dd --version"])
        .must_not(&["dd if=/dev/zero of=/dev/sda", "mkfs.ext4 -L lsblk /dev/sdb1", "lvremove x", "wipefs -a /dev/sdb", "dd if=/dev/sda of=x"]),
    Rule::reads("fdisk", "it lists disks", "-lxo:u: list list-details output=").takes_words().needs("-lx list list-details").must(&["fdisk -l", "fdisk -l /dev/sda"]).must_not(&["fdisk /dev/sda", "fdisk"]),
    Rule::reads("sfdisk", "it lists disks", "-ldJFVo: list dump json list-free verify").takes_words().needs("-ldJFV list dump json list-free verify").must(&["sfdisk -d /dev/sda", "sfdisk -l"]).must_not(&["sfdisk /dev/sda", "sfdisk --delete /dev/sda"]),
    Rule::reads("sgdisk", "it lists disks", "-pvi: print verify info=").takes_words().needs("-pvi: print verify info=").must(&["sgdisk -p /dev/sda"]).must_not(&["sgdisk -d 1 /dev/sda", "sgdisk -Z /dev/sda", "sgdisk -pZ /dev/sda"]),
    Rule::reads("fsck|e2fsck|fsck.ext4|fsck.ext3|fsck.xfs|xfs_repair|btrfsck", "it only looks at a file system", "-nfvNT")
        .flags(HEAVY)
        .needs("-nN")
        .words(|_, given| given.words.iter().find(|w| w.starts_with('-')).map(|w| Call::changes(w, "it is an option of another program")))
        .must(&["fsck -n /dev/sda1", "e2fsck -fn /dev/sda1", "xfs_repair -n /dev/sda1"])
        .must_not(&["fsck /dev/sda1", "fsck -y /dev/sda1", "fsck -n -y /dev/sda1", "fsck -n /dev/sda1 -- -y", "e2fsck -p /dev/sda1", "xfs_repair -L /dev/sda1"]),
    Rule::only_reads("smartctl", "it only asks a disk", "-aiHAcxl:d:q:n:j all info health attributes capabilities xall log= device= scan json")
        .words(|_, given| {
            let sets = |v: &&str| v.contains("reset") || v.starts_with("sct") && v.contains(',');
            given.values(&["l", "log"]).find(sets).map(|v| Call::changes(v, "with a value behind it this log is set, not shown"))
        })
        .must(&["smartctl -a /dev/sda", "smartctl -H -d sat /dev/sda", "smartctl --scan"])
        .must_not(&["smartctl -t long /dev/sda", "smartctl -s on /dev/sda", "smartctl -X /dev/sda", "smartctl -l scterc,70,70 /dev/sda", "smartctl -l sataphy,reset /dev/sda"]),
    Rule::reads("mdadm", "it only shows an array", "-DEQvb detail examine query scan verbose brief export test")
        .needs("-DEQ detail examine query")
        .must(&["mdadm --detail /dev/md0", "mdadm -D /dev/md0", "mdadm --examine --scan"])
        .must_not(&["mdadm --fail /dev/md0 /dev/sda", "mdadm --stop /dev/md0", "mdadm -A /dev/md0", "mdadm /dev/md0 -D -f /dev/sda"]),
    Rule::verbs("zpool|zfs", ""),
    Rule::only_reads("zpool status|zpool list|zpool history|zpool get|zfs list|zfs get|zpool version|zpool events", "it only shows pools", "-HpvxLPTDigo:s:t:r:d:S: parsable")
        .marks(&[Mark::flag("-f", ENDLESS), Mark::erases("-c", "it clears the events, or runs a script")])
        .must(&["zpool status -v", "zfs list -o name,used", "zpool list"])
        .must_not(&["zpool scrub tank", "zfs destroy tank/x", "zpool clear tank", "zpool events -c", "zfs set x=y z"]),
    Rule::only_reads("zpool iostat", "it only measures pools", "-vHpLlqwy").words(interval).must(&["zpool iostat -v", "zpool iostat tank"]),
    Rule::verbs("btrfs", ""),
    Rule::verbs("btrfs filesystem|btrfs subvolume|btrfs device|btrfs scrub|btrfs balance|btrfs qgroup", ""),
    Rule::only_reads("btrfs filesystem show|btrfs filesystem df|btrfs filesystem usage|btrfs filesystem du|btrfs subvolume list|btrfs subvolume show|btrfs device usage|btrfs device stats|btrfs scrub status|btrfs balance status|btrfs qgroup show", "it only shows a file system", "-hTbkmgtapcuqRsdo")
        .marks(&[Mark::erases("-z reset", "it sets the counters of errors to nothing")])
        .must(&["btrfs filesystem usage /", "btrfs scrub status /x", "btrfs device stats /"])
        .must_not(&["btrfs device stats -z /", "btrfs scrub start /", "btrfs balance start /", "btrfs subvolume delete x"]),
    Rule::verbs("dmsetup", ""),
    Rule::only_reads("dmsetup ls|dmsetup info|dmsetup status|dmsetup deps", "it only shows devices", "-cCo: tree target= columns").must(&["dmsetup ls --tree", "dmsetup info"]).must_not(&["dmsetup remove x", "dmsetup suspend x"]),
    Rule::reads("multipath", "it lists paths", "-lv:").needs("-l").must(&["multipath -ll"]).must_not(&["multipath -F", "multipath"]),
    Rule::verbs("gluster", "").words(super::prompts),
    Rule::verbs("gluster volume|gluster peer|gluster pool", ""),
    Rule::only_reads("gluster volume info|gluster volume status|gluster peer status|gluster pool list", "it only asks", "xml").must(&["gluster volume info", "gluster peer status"]).must_not(&["gluster volume stop x"]),
];
