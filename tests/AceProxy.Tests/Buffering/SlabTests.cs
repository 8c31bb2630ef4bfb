using AceProxy.Buffering;

namespace AceProxy.Tests.Buffering;

public sealed class SlabTests
{
    [Fact]
    public void Memory_OfASlab_IsTheSameAsItsSpan()
    {
        var pool = new SlabPool { SlabSize = 100 };
        Slab slab = pool.Rent();
        slab.GetSpan()[42] = 7;

        Assert.Equal(100, slab.Memory.Length);
        Assert.Equal(7, slab.Memory.Span[42]);
        using System.Buffers.MemoryHandle pinned = slab.Memory[42..].Pin();
        unsafe
        {
            Assert.Equal(slab.Place.Address + 42, (nint)pinned.Pointer);
        }

        slab.Release();
    }

    [Fact]
    public void Release_SentInPlaceWithAReaderLeft_KeepsItsPagesUntilTheReaderIsGone()
    {
        var pool = new SlabPool();
        Slab slab = pool.Rent();
        slab.GetSpan().Fill(0xAB);
        slab.IsSentInPlace = true;
        Assert.True(slab.TryAddReference());

        slab.Release();
        Assert.Equal(-1, slab.GetSpan().IndexOfAnyExcept((byte)0xAB));
        slab.Release();

        Assert.Equal(-1, slab.GetSpan().IndexOfAnyExcept((byte)0));
        Assert.Equal(0, pool.Rented);
    }

    [Theory]
    [InlineData(false)] // its pages are there: copied
    [InlineData(true)] // given back to the system: written to the file
    public void Write_UsedBefore_IsReadBackAndNothingElseIsTouched(bool wasSentInPlace)
    {
        var pool = new SlabPool();
        Slab slab = pool.Rent();
        slab.GetSpan().Clear();
        slab.IsSentInPlace = wasSentInPlace;
        slab.Release();
        slab = pool.Rent();
        Assert.Equal(wasSentInPlace && slab.Place.IsFile, slab.IsEmpty);

        byte[] bytes = new byte[70_000];
        Random.Shared.NextBytes(bytes);
        slab.Write(5000, bytes);

        Assert.Equal(bytes, slab.GetSpan().Slice(5000, bytes.Length));
        Assert.Equal(-1, slab.GetSpan()[..5000].IndexOfAnyExcept((byte)0));
        Assert.Equal(-1, slab.GetSpan()[(5000 + bytes.Length)..].IndexOfAnyExcept((byte)0));
        slab.Release();
    }
}
