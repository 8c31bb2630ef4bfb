using AceProxy.MpegTs;
using AceProxy.Upstream.Playback;

namespace AceProxy.Tests.Upstream.Playback;

public sealed class BacklogTests
{
    [Fact]
    public void Take_UntilItIsFull_AllocatesNoneOfWhatItCannotUse()
    {
        byte[] piece = new byte[600 * TsPacket.Size];
        for (int at = 0; at < piece.Length; at += TsPacket.Size)
        {
            ReadOnlySpan<byte> header = [0x47, 0x1F, 0xFF, 0x10];
            header.CopyTo(piece.AsSpan(at));
        }

        var backlog = new Backlog();
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (!backlog.IsFull)
        {
            Assert.NotEqual(0, backlog.Take(piece));
        }

        // Every size up to the most, and that once more with the last piece; not the double of it.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Backlog.Most, (3 * Backlog.Most) + (1024 * 1024));
        Assert.InRange(backlog.Packets.Length, Backlog.Most, Backlog.Most + piece.Length);
    }
}
