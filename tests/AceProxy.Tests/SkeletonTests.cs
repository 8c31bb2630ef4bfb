namespace AceProxy.Tests;

public sealed class SkeletonTests
{
    [Fact]
    public void Assembly_IsNamed_aceproxy() => Assert.Equal("aceproxy", System.Reflection.Assembly.Load("aceproxy").GetName().Name);
}
