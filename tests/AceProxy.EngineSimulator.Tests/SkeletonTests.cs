namespace AceProxy.EngineSimulator.Tests;

public sealed class SkeletonTests
{
    [Fact]
    public void Assembly_IsNamed() => Assert.Equal("AceProxy.EngineSimulator", System.Reflection.Assembly.Load("AceProxy.EngineSimulator").GetName().Name);
}
