using AceProxy.Buffering;

namespace AceProxy.Tests.Buffering;

public sealed class MemoryFileTests
{
    private const int SegmentSize = 64 * 1024 * 1024;

    private readonly MemoryFile _file = MemoryFile.TryCreate() ?? throw new NotSupportedException("no memory file on this system");

    [Fact]
    public void TryAllocate_SeveralTimes_GivesPagesThatAreNobodyElses()
    {
        SlabMemory[] rooms = [.. new[] { 1, 4096, 4097, 100_000 }.Select(size => _file.TryAllocate(size)!.Value)];

        Assert.Equal([1, 4096, 4097, 100_000], rooms.Select(room => room.Length));
        Assert.All(rooms, room => Assert.True(room.IsFile));
        Assert.All(rooms, room => Assert.Equal((0, 0), (room.Address % MemoryFile.PageSize, room.Offset % MemoryFile.PageSize)));
        for (int at = 0; at < rooms.Length; at++)
        {
            Span(rooms[at]).Fill((byte)(at + 1));
        }

        for (int at = 0; at < rooms.Length; at++)
        {
            Assert.Equal(-1, Span(rooms[at]).IndexOfAnyExcept((byte)(at + 1)));
        }

        for (int at = 1; at < rooms.Length; at++)
        {
            Assert.True(rooms[at].Offset >= rooms[at - 1].Offset + rooms[at - 1].Length);
        }
    }

    [Fact]
    public void TryAllocate_MoreThanASegment_AddsOneWhoseRoomIsReadThroughTheFileToo()
    {
        SlabMemory first = _file.TryAllocate(SegmentSize)!.Value; // only address space
        SlabMemory second = _file.TryAllocate(5000)!.Value;
        SlabMemory third = _file.TryAllocate(SegmentSize)!.Value;

        Assert.Equal((0, SegmentSize, 2L * SegmentSize), (first.Offset, second.Offset, third.Offset));
        Span(first)[^1] = 1;
        Span(second)[^1] = 2;
        Span(third)[^1] = 3;
        using var file = new FileStream($"/proc/self/fd/{first.Descriptor}", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        Assert.Equal((1, 2, 3), (ReadLast(first), ReadLast(second), ReadLast(third)));

        int ReadLast(SlabMemory memory)
        {
            file.Position = memory.Offset + memory.Length - 1;
            return file.ReadByte();
        }
    }

    [Fact]
    public void TryAllocate_LargerThanASegment_IsRefused()
    {
        Assert.Null(_file.TryAllocate(SegmentSize + 1));
        Assert.NotNull(_file.TryAllocate(1));
    }

    [Fact]
    public void Discard_ARoom_ReadsAsZerosAndLeavesItsNeighboursAlone()
    {
        SlabMemory before = _file.TryAllocate(5000)!.Value, room = _file.TryAllocate(5000)!.Value, behind = _file.TryAllocate(5000)!.Value;
        foreach (SlabMemory memory in (SlabMemory[])[before, room, behind])
        {
            Span(memory).Fill(0xAB);
        }

        MemoryFile.Discard(room);

        Assert.Equal(-1, Span(room).IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, Span(before).IndexOfAnyExcept((byte)0xAB));
        Assert.Equal(-1, Span(behind).IndexOfAnyExcept((byte)0xAB));
        Span(room).Fill(0xCD); // still its own
        Assert.Equal(-1, Span(room).IndexOfAnyExcept((byte)0xCD));
    }

    [Fact]
    public void Rent_SlabsLargerThanTheFileGives_FallsBackToPrivateMemory()
    {
        var pool = new SlabPool { SlabSize = SegmentSize + 1 };
        Slab slab = pool.Rent();

        Assert.False(slab.Place.IsFile);
        Assert.Equal(SegmentSize + 1, slab.GetSpan().Length);
        slab.GetSpan()[^1] = 1;
        slab.IsSentInPlace = true; // asked for, though it cannot be: its memory is freed, not punched
        slab.Release();

        Assert.Equal(0, pool.Rented);
        Slab next = pool.Rent();
        Assert.NotSame(slab, next);
        next.Release();
    }

    private static unsafe Span<byte> Span(SlabMemory memory) => new((void*)memory.Address, memory.Length);
}
