using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

public sealed class Crc32MpegTests
{
    [Fact]
    public void Compute_CheckString_IsTheCataloguedValue() => Assert.Equal(0x0376E6E7u, Crc32Mpeg.Compute("123456789"u8));

    [Fact]
    public void Compute_SectionWithItsChecksum_IsZero() => Assert.Equal(0u, Crc32Mpeg.Compute(Sections.Pat((1, 0x1000))));

    [Fact]
    public void Compute_Nothing_IsTheInitialValue() => Assert.Equal(uint.MaxValue, Crc32Mpeg.Compute([]));
}
